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

/** From whom to whom; how, where it is not as the type's own system has it. */
export interface Transfer {
  readonly from: string;
  readonly to: Party;
  readonly previousOwner?: PreviousOwner;
}

const fields = ['type', 'name', 'externalId', 'owners', 'visibility', 'modifiedAt'] as const;

/** What is read of a resource that changes hands: of its grants, those that the change may touch. */
export type Movable = Part<Resource, (typeof fields)[number] | 'grants'>;

/** What is to become of one item. */
export type Move =
  | { readonly item: Item; readonly change: { readonly before: Movable; readonly after: Movable } }
  | {
      readonly item: Item;
      readonly outcome: 'failed' | 'skipped';
      readonly reason: Reason;
      /** What is in the way, where the reason alone does not say it. */
      readonly message?: string;
    };

/** What a batch of moves depends on beside the items themselves. */
export interface Batch {
  readonly now: Date;
  /** Names that workspaces earlier in the same selection get, to which those of this batch are added. */
  readonly claimed?: Set<string>;
}

/** One batch changes about so many bytes: a record, which lists all of it, holds several times as many. */
const BATCH_BYTES = 2_000_000;

/** The resources of these ids with the grants of these principals, in no particular order. */
export function readMovable(reader: Reader, ids: readonly string[], principals: readonly string[]): Promise<Movable[]> {
  const wanted = { fields: [...fields, 'grants'] as const, items: { grants: [...principals] } };
  return partsOf(reader, ids, wanted);
}

/** The transfer, of which a closed account keeps nothing. @throws user_unknown, role_unknown */
export async function transferBetween(
  reader: Reader,
  from: string,
  to: Party,
  previousOwner: PreviousOwner | undefined,
): Promise<Transfer> {
  const giver = await partyById(reader, from);
  const how = isLiving(giver) ? previousOwner : 'drop';
  return { from, to, ...(how === undefined ? {} : { previousOwner: how }) };
}

/**
 * What becomes of these resources: of the first ones, as many as one transaction changes, and at least of one. What is
 * not there any more, or not the giver's, is left as it is.
 */
export async function moves(
  reader: Reader,
  items: readonly Item[],
  transfer: Transfer,
  { now, claimed = new Set() }: Batch,
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
  return settled(reader, planned, (name) => {
    if (taken.has(name) || claimed.has(name)) throw nameTaken(name);
    claimed.add(name);
  });
}

/** A move whose rights are not settled yet, or what else becomes of an item. */
export type Planned = (OwnerChange<Movable> & { readonly item: Item }) | Exclude<Move, { readonly change: unknown }>;

/**
 * The moves with their rights settled: the first ones, as many as one transaction changes, and at least one.
 *
 * @param claim is called with each new name of a workspace, in order @throws when the name cannot be had
 */
export async function settled(
  reader: Reader,
  planned: readonly Planned[],
  claim: (name: string) => void,
): Promise<readonly Move[]> {
  const changes = planned.flatMap((plan) => ('next' in plan ? [plan] : []));
  const done = new Map(
    (await settleOwners(reader, changes, BATCH_BYTES)).map((change, i) => [changes[i]?.item.id, change]),
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
 * How the resource becomes one of its new owner, in the place of the old one. A workspace's name follows its owner's.
 *
 * @throws owner_kind_not_allowed, workspace_name_invalid
 */
function nextOf(before: Movable, transfer: Transfer, now: Date): (before: Movable) => Movable {
  const { from, to } = transfer;
  assertMayOwn(before, to);
  const owners = [...new Set(before.owners.map((owner) => (owner === from ? to.id : owner)))];
  const name = nameFor(before, to);
  return (present) => reowned(present, { owners, name, now, ...transfer });
}

/** A resource with other owners, and of a workspace with the name that it has with them. */
export function reowned(
  before: Movable,
  {
    owners,
    name,
    now,
    previousOwner = defaultOf(before.type),
  }: Pick<Transfer, 'previousOwner'> & {
    readonly owners: readonly string[];
    readonly name: string;
    readonly now: Date;
  },
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

/** As each system has it: KBase's old owner may go on administering, others have nothing more to do with it. */
const defaultOf = (type: ResourceType): PreviousOwner => (type === 'workspace' ? 'keep' : 'drop');

/** The name that a resource has with this owner. @throws workspace_name_invalid */
export function nameFor({ type, name }: Pick<Movable, 'type' | 'name'>, to: Party): string {
  if (type !== 'workspace' || to.kind !== 'user') return name;
  const next = nameWithOwner(name, to.user.username);
  if (next !== name) assertNextName(next);
  return next;
}

/** @throws workspace_name_invalid, which says what else can be done */
function assertNextName(name: string): void {
  try {
    assertWorkspaceName(name);
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const wayOut = 'changeOwnership gives it to them with new_name, renameWorkspace takes the prefix away';
    throw refuse('workspace_name_invalid', `${error.message}: ${wayOut}`);
  }
}

/**
 * Those of the names that these workspaces would get which a workspace has. One of themselves may have it: it is the new
 * owner's name already, and stays.
 */
async function takenAfter(reader: Reader, found: readonly Movable[], { to }: Transfer): Promise<ReadonlySet<string>> {
  if (to.kind === 'role') return new Set();
  const names = found.flatMap(({ type, name }) => {
    const next = type === 'workspace' ? nameWithOwner(name, to.user.username) : name;
    return next === name ? [] : [next];
  });
  return takenNames(reader, names);
}

const nameTaken = (name: string) => refuse('workspace_name_taken', `There is already a workspace named ${name}`);
