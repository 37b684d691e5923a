import { type Reason, refuse, StewardError } from '../../base/errors.ts';
import { isLiving, type Party, partyById } from '../../identity/party.ts';
import type { Item } from '../../jobs/parts.ts';
import type { Part, Reader } from '../../store/collection.ts';
import { type OwnerChange, type PreviousOwner, settleOwners, withOwners } from '../access/changeOwners.ts';
import { partsOf } from '../resources/collections.ts';
import { assertRoleMayOwn } from '../resources/owners.ts';
import type { Resource } from '../resources/resource.ts';
import { type ResourceType, rulesOf } from '../resources/types.ts';
import { assertWorkspaceName, nameWithOwner } from '../workspaces/names.ts';
import { takenNames } from '../workspaces/taken.ts';

export interface Transfer {
  readonly from: string;
  readonly to: Party;
  /** The rule of the type's own system when absent. */
  readonly previousOwner?: PreviousOwner | undefined;
}

const fields = ['type', 'name', 'externalId', 'owners', 'visibility', 'modifiedAt'] as const;

/** The fields of a resource that a transfer needs; of its grants, those that it may touch. */
export type Movable = Part<Resource, (typeof fields)[number] | 'grants'>;

/** The outcome of one item. */
export type Move =
  | { readonly item: Item; readonly change: { readonly before: Movable; readonly after: Movable } }
  | {
      readonly item: Item;
      readonly outcome: 'failed' | 'skipped';
      readonly reason: Reason;
      /** Says more than the reason. */
      readonly message?: string;
    };

export interface Batch {
  readonly now: Date;
  /** Names that earlier batches give to workspaces; those of this batch are added. */
  readonly claimed?: Set<string>;
}

/** About how many bytes one batch changes: the audit record, which lists all changes, holds several times as many. */
const BATCH_BYTES = 2_000_000;

/** The resources with these ids, with the grants of these principals, in no particular order. */
export function readMovable(reader: Reader, ids: readonly string[], principals: readonly string[]): Promise<Movable[]> {
  const wanted = { fields: [...fields, 'grants'] as const, items: { grants: [...principals] } };
  return partsOf(reader, ids, wanted);
}

/** The transfer as it is done: a closed account keeps nothing. @throws user_unknown, role_unknown */
export async function effectiveTransfer(reader: Reader, transfer: Transfer): Promise<Transfer> {
  const isClosed = !isLiving(await partyById(reader, transfer.from));
  return isClosed ? { ...transfer, previousOwner: 'drop' } : transfer;
}

/**
 * The moves of the first of these resources, as many as fit into one transaction, and at least one. Resources that are
 * missing or that `from` does not own are left as they are.
 */
export async function moves(
  reader: Reader,
  items: readonly Item[],
  { now, claimed = new Set(), ...transfer }: Transfer & Batch,
): Promise<readonly Move[]> {
  const ids = items.map((item) => item.id);
  const found = new Map((await readMovable(reader, ids, [transfer.from, transfer.to.id])).map((r) => [r._id, r]));
  const taken = await takenAfter(reader, [...found.values()], transfer);
  const planned = items.map((item): Planned => {
    const before = found.get(item.id);
    if (before === undefined) return { item, outcome: 'skipped', reason: 'resource_missing' };
    if (!before.owners.includes(transfer.from)) return { item, outcome: 'skipped', reason: 'changed_meanwhile' };
    return orFailed(item, () => ({ item, before, next: nextOf(before, transfer, now) }));
  });
  const claim = (name: string) => {
    if (taken.has(name) || claimed.has(name)) throw nameTaken(name);
    claimed.add(name);
  };
  return settled(reader, planned, { now, claim });
}

/** A move whose grants are not settled yet, or another outcome of an item. */
export type Planned = (OwnerChange<Movable> & { readonly item: Item }) | Exclude<Move, { readonly change: unknown }>;

interface Settled {
  readonly now: Date;
  /** Is called with each new name of a workspace, in order. @throws if the name is taken */
  readonly claim: (name: string) => void;
}

/**
 * The moves with their grants settled: the first ones, as many as fit into one transaction, and at least one.
 *
 */
export async function settled(
  reader: Reader,
  planned: readonly Planned[],
  { now, claim }: Settled,
): Promise<readonly Move[]> {
  const changes = planned.flatMap((plan) => ('next' in plan ? [plan] : []));
  const done = new Map(
    (await settleOwners(reader, changes, { now, maxBytes: BATCH_BYTES })).map((change, i) => [
      changes[i]?.item.id,
      change,
    ]),
  );
  const moves: Move[] = [];
  for (const plan of planned) {
    if (!('next' in plan)) {
      moves.push(plan);
      continue;
    }
    const { item } = plan;
    const change = done.get(item.id);
    if (change === undefined) break;
    if ('reason' in change) moves.push({ item, outcome: 'failed', reason: change.reason });
    else
      moves.push(
        orFailed(item, () => {
          const { before, after } = change;
          if (before.type === 'workspace' && after.name !== before.name) claim(after.name);
          return { item, change };
        }),
      );
  }
  return moves;
}

function orFailed<M>(item: Item, make: () => M): M | Exclude<Move, { readonly change: unknown }> {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const { reason, message } = error;
    return { item, outcome: 'failed', reason, ...(reason === 'workspace_name_invalid' ? { message } : {}) };
  }
}

/**
 * Replaces the old owner by the new one. A workspace whose name has its owner's name as a prefix is renamed.
 *
 * @throws owner_kind_not_allowed, workspace_name_invalid
 */
function nextOf(before: Movable, transfer: Transfer, now: Date): (before: Movable) => Movable {
  const { from, to } = transfer;
  assertMayOwn(before, to);
  const owners = [...new Set(before.owners.map((owner) => (owner === from ? to.id : owner)))];
  const name = nameFor(before, to);
  return (present) => withOwnership(present, { owners, name, now, ...transfer });
}

interface Ownership extends Pick<Transfer, 'previousOwner'> {
  readonly owners: readonly string[];
  readonly name: string;
  readonly now: Date;
}

/** The resource with these owners; a workspace also gets the name. */
export function withOwnership(
  before: Movable,
  { owners, name, now, previousOwner = defaultOf(before.type) }: Ownership,
): Movable {
  const after = withOwners(before, owners, previousOwner);
  return before.type === 'workspace' ? { ...after, name, modifiedAt: now } : after;
}

/** @throws owner_kind_not_allowed */
export function assertMayOwn({ type, externalId }: Pick<Movable, 'type' | 'externalId'>, to: Party): void {
  const { owners } = rulesOf(type);
  if (!owners.kinds.includes(to.kind)) {
    throw refuse('owner_kind_not_allowed', `A ${to.kind} cannot own a resource of type ${type}`);
  }
  if (to.kind === 'role') assertRoleMayOwn(type, externalId);
}

/** As in each system: the previous owner of a KBase workspace keeps administering it, others keep nothing. */
const defaultOf = (type: ResourceType): PreviousOwner => (type === 'workspace' ? 'keep' : 'drop');

/** The name of a resource under this owner. @throws workspace_name_invalid */
export function nameFor({ type, name }: Pick<Movable, 'type' | 'name'>, to: Party): string {
  if (type !== 'workspace' || to.kind !== 'user') return name;
  const next = nameWithOwner(name, to.user.username);
  if (next !== name) assertNextName(next);
  return next;
}

/** @throws workspace_name_invalid, with advice */
function assertNextName(name: string): void {
  try {
    assertWorkspaceName(name);
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const advice = 'use changeOwnership with new_name, or remove the prefix with renameWorkspace';
    throw refuse('workspace_name_invalid', `${error.message}: ${advice}`);
  }
}

/** The names that these workspaces would get and that are taken. A workspace that keeps its name claims none. */
async function takenAfter(reader: Reader, found: readonly Movable[], { to }: Transfer): Promise<ReadonlySet<string>> {
  if (to.kind === 'role') return new Set();
  const names = found.flatMap(({ type, name }) => {
    const next = type === 'workspace' ? nameWithOwner(name, to.user.username) : name;
    return next === name ? [] : [next];
  });
  return takenNames(reader, names);
}

const nameTaken = (name: string) => refuse('workspace_name_taken', `There is already a workspace named ${name}`);
