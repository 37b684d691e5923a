import { type Reason, refuse, StewardError } from '../errors.ts';
import type { Item } from '../jobs/parts.ts';
import { type Grant, type Resource, resources } from '../resources/resource.ts';
import { type ResourceType, rulesOf } from '../resources/types.ts';
import type { BeforeAfter } from '../store/bulk.ts';
import type { Part, Reader } from '../store/collection.ts';
import { assertWorkspaceName, nameWithOwner } from '../workspaces/names.ts';
import { takenNames } from '../workspaces/taken.ts';
import type { Party } from './party.ts';

/** What the one who owned it has of it afterwards: the right to administer it, to read it, or nothing. */
export type PreviousOwner = 'keep' | 'read' | 'drop';

/** From whom to whom; how, where it is not as the type's own system has it. */
export interface Transfer {
  readonly from: string;
  readonly to: Party;
  readonly previousOwner?: PreviousOwner;
  /** The old owner's friends, who go on reading what is for friends: the new owner's are not let in. */
  readonly friends: readonly string[];
}

const fields = ['type', 'name', 'externalId', 'owners', 'visibility', 'modifiedAt'] as const;

/** What is read of a resource that changes hands: of its grants, those of the two and of who is added. */
export type Movable = Part<Resource, (typeof fields)[number] | 'grants'>;

/** What is to become of one item. */
export type Move =
  | { readonly item: Item; readonly change: BeforeAfter<Movable> }
  | { readonly item: Item; readonly outcome: 'failed' | 'skipped'; readonly reason: Reason };

/** The resources of these ids with the grants of these principals, in no particular order. */
export function readMovable(reader: Reader, ids: readonly string[], principals: readonly string[]): Promise<Movable[]> {
  const wanted = { fields: [...fields, 'grants'] as const, items: { grants: principals } };
  return reader.parts(resources, { _id: { $in: [...ids] } }, wanted);
}

/** What becomes of each of these resources: what is not there any more, or not the giver's, is left as it is. */
export async function moves(
  reader: Reader,
  items: readonly Item[],
  transfer: Transfer,
  now: Date,
): Promise<readonly Move[]> {
  const ids = items.map((item) => item.id);
  const principals = [transfer.from, transfer.to.id, ...transfer.friends];
  const found = new Map((await readMovable(reader, ids, principals)).map((r) => [r._id, r]));
  const taken = await takenAfter(reader, [...found.values()], transfer);
  return items.map((item): Move => {
    const before = found.get(item.id);
    if (before === undefined) return { item, outcome: 'skipped', reason: 'resource_missing' };
    if (!before.owners.includes(transfer.from)) return { item, outcome: 'skipped', reason: 'changed_meanwhile' };
    try {
      const after = moved(before, transfer, now);
      if (after.name !== before.name) claim(taken, after.name);
      return { item, change: { before, after } };
    } catch (error) {
      if (!(error instanceof StewardError)) throw error;
      return { item, outcome: 'failed', reason: error.reason };
    }
  });
}

/**
 * The resource as its new owner has it. A workspace's name follows its owner's; whoever could read it still can.
 *
 * @throws owner_kind_not_allowed, workspace_name_invalid
 */
export function moved(before: Movable, { from, to, previousOwner, friends }: Transfer, now: Date): Movable {
  assertMayOwn(before, to);
  const isWorkspace = before.type === 'workspace';
  const kept = grantOf(from, previousOwner ?? defaultOf(before.type));
  const others = before.grants.filter((g) => g.principal !== to.id && g.principal !== from);
  const read = before.visibility === 'friendly' ? readers(friends, others, to.id) : [];
  return {
    ...before,
    owners: [...new Set(before.owners.map((owner) => (owner === from ? to.id : owner)))],
    grants: [...others, ...kept, ...read],
    // What was for the friends of the old owner would else be for those of the new one.
    visibility: before.visibility === 'friendly' ? 'private' : before.visibility,
    ...(isWorkspace ? { name: workspaceName(before.name, to), modifiedAt: now } : {}),
  };
}

/** @throws owner_kind_not_allowed */
export function assertMayOwn({ type, externalId }: Pick<Movable, 'type' | 'externalId'>, to: Party): void {
  const { owners, roleOwnerNeedsId } = rulesOf(type);
  if (!owners.kinds.includes(to.kind)) {
    throw refuse('owner_kind_not_allowed', `A ${to.kind} cannot own a resource of type ${type}`);
  }
  if (to.kind === 'role' && roleOwnerNeedsId !== undefined && externalId?.startsWith(roleOwnerNeedsId) !== true) {
    throw refuse('owner_kind_not_allowed', `A role can only own what has an id that begins with ${roleOwnerNeedsId}`);
  }
}

/** As each system has it: KBase's old owner may go on administering, others have nothing more to do with it. */
const defaultOf = (type: ResourceType): PreviousOwner => (type === 'workspace' ? 'keep' : 'drop');

function grantOf(principal: string, previousOwner: PreviousOwner): Grant[] {
  if (previousOwner === 'drop') return [];
  return [{ principal, level: previousOwner === 'keep' ? 'admin' : 'read' }];
}

function readers(friends: readonly string[], grants: readonly Grant[], owner: string): Grant[] {
  const without = friends.filter((id) => id !== owner && !grants.some((g) => g.principal === id));
  return without.map((principal) => ({ principal, level: 'read' }));
}

function workspaceName(name: string, to: Party): string {
  const next = to.kind === 'user' ? nameWithOwner(name, to.user.username) : name;
  if (next !== name) assertWorkspaceName(next);
  return next;
}

/** Those of the names that the workspaces would get which somebody has. */
async function takenAfter(reader: Reader, found: readonly Movable[], { to }: Transfer): Promise<Set<string>> {
  if (to.kind === 'role') return new Set();
  const names = found.filter((r) => r.type === 'workspace').map(({ name }) => nameWithOwner(name, to.user.username));
  const own = new Set(found.map((r) => r.name));
  return takenNames(
    reader,
    names.filter((name) => !own.has(name)),
  );
}

/** Two workspaces may come to one name: the first has it. @throws workspace_name_taken */
function claim(taken: Set<string>, name: string): void {
  if (taken.has(name)) throw refuse('workspace_name_taken', `There is already a workspace named ${name}`);
  taken.add(name);
}
