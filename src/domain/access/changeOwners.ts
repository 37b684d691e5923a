import { type Reason, refuse } from '../../base/errors.ts';
import { letInBy } from '../../identity/friends.ts';
import { pinReceivers } from '../../identity/receivers.ts';
import type { Part, Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { partsOf, updateResources } from '../resources/collections.ts';
import type { Grant, Resource } from '../resources/resource.ts';
import { MAX_GRANTS, withoutRoom } from './grants.ts';

/** What those who stop being owners have afterwards: the right to administer, to read, or nothing. */
export type PreviousOwner = 'keep' | 'read' | 'drop';

/** What is read of a resource whose owners change. */
export type Ownable = Part<Resource, 'owners' | 'grants' | 'visibility'>;

export interface OwnerChange<P extends Ownable> {
  /** With at least the grants of the owners before and after, and those that `next` looks at. */
  readonly before: P;
  /** The resource with its new owners. It may be called twice: again once more of the grants is known. */
  readonly next: (before: P) => P;
}

/** The change as {@link updateOwners} carries it out, or why it cannot be done. */
export type SettledChange<P> = { readonly before: P; readonly after: P } | { readonly reason: Reason };

/**
 * The resource with these owners, in this order. Whoever comes to own it needs no grant; whoever owned it keeps what is
 * said. What was for the friends of its owners is private from then on: {@link settleOwners} keeps those who read it.
 */
export function withOwners<P extends Ownable>(before: P, owners: readonly string[], previousOwner: PreviousOwner): P {
  if (sameMembers(before.owners, owners)) return { ...before, owners };
  const ceased = before.owners.filter((id) => !owners.includes(id));
  const others = before.grants.filter(({ principal }) => !owners.includes(principal) && !ceased.includes(principal));
  const kept = ceased.flatMap((principal) => grantOf(principal, previousOwner));
  return {
    ...before,
    owners,
    grants: [...others, ...kept],
    visibility: before.visibility === 'friendly' ? 'private' : before.visibility,
  };
}

function grantOf(principal: string, previousOwner: PreviousOwner): Grant[] {
  if (previousOwner === 'drop') return [];
  return [{ principal, level: previousOwner === 'keep' ? 'admin' : 'read' }];
}

/**
 * Changes of owners as they are carried out on every path: nobody but a new owner gains a right, and nobody but an old
 * one loses one. Where friends of the owners read the resource before, each of them gets a grant; where the friends of
 * its owners would be others afterwards, it is private.
 *
 * @param maxBytes with it only as many of the changes are settled, in order, as change about so many bytes; at least one
 * @returns for each change settled, in order: the change, or `grants_full`
 */
export async function settleOwners<P extends Ownable>(
  reader: Reader,
  changes: readonly OwnerChange<P>[],
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<SettledChange<P>[]> {
  const all = changes.map(({ before, next }) => ({ before, next, after: next(before) }));
  const friendly = all.filter(isForFriends);
  const owners = new Set(friendly.flatMap(({ before, after }) => [...before.owners, ...after.owners]));
  const letIn = owners.size === 0 ? new Map() : await letInBy(reader, [...owners]);
  const friendsOf: FriendsOf = (ids) => new Set(ids.flatMap((id) => letIn.get(id) ?? []));
  const taken = within(all, friendsOf, maxBytes);
  const grants = await grantsOf(reader, taken.filter(isForFriends), friendsOf);
  const settled = taken.map((change) => {
    const known = grants.get(change.before._id);
    if (known === undefined) return change;
    const before = { ...change.before, grants: known };
    return { before, after: settle(before, change.next(before), friendsOf) };
  });
  const added = settled.map(({ before, after }) => ({
    id: before._id,
    added: after.grants.length - before.grants.length,
  }));
  const full = await withoutRoom(
    reader,
    added.filter((more) => more.added > 0),
  );
  return settled.map(({ before, after }) => (full.has(before._id) ? { reason: 'grants_full' } : { before, after }));
}

/**
 * As {@link settleOwners}, for one resource, or several of which all must change in this transaction. Whoever comes to
 * own one can still be given something when it commits.
 *
 * @throws grants_full, recipient_unfit
 */
export async function settleAllOwners<P extends Ownable>(
  tx: Transaction,
  changes: readonly OwnerChange<P>[],
): Promise<{ readonly before: P; readonly after: P }[]> {
  const settled = (await settleOwners(tx, changes)).map((change) => {
    if ('reason' in change) throw refuse('grants_full', MAX_GRANTS);
    return change;
  });
  await pinNewOwners(tx, settled);
  return settled;
}

/**
 * Carries out changes that {@link settleOwners} settled: the only way to do so, as it makes sure that whoever comes to
 * own something can still be given it when the transaction commits.
 *
 * @throws recipient_unfit
 */
export async function updateOwners<P extends Ownable>(
  tx: Transaction,
  settled: readonly { readonly before: P; readonly after: P }[],
): Promise<void> {
  await updateResources(tx, settled);
  // Last, so that it keeps nobody waiting: who closes the account meanwhile conflicts here.
  await pinNewOwners(tx, settled);
}

function pinNewOwners(tx: Transaction, settled: readonly BeforeAndAfter[]): Promise<void> {
  const come = settled.flatMap(({ before, after }) => after.owners.filter((id) => !before.owners.includes(id)));
  return pinReceivers(tx, come);
}

interface BeforeAndAfter {
  readonly before: Ownable;
  readonly after: Ownable;
}

type FriendsOf = (owners: readonly string[]) => ReadonlySet<string>;

const isForFriends = ({ before, after }: BeforeAndAfter) =>
  (before.visibility === 'friendly' || after.visibility === 'friendly') && !sameMembers(before.owners, after.owners);

/** What the change takes in an audit record, in bytes, roughly and rather too much. */
function bytesOf({ before, after }: BeforeAndAfter, friendsOf: FriendsOf): number {
  const principals = [...before.owners, ...after.owners, ...before.grants, ...after.grants].map((of) =>
    typeof of === 'string' ? of : of.principal,
  );
  const friends = isForFriends({ before, after }) ? [...friendsOf([...before.owners, ...after.owners])] : [];
  return [...principals, ...friends].reduce((sum, id) => sum + CHANGE_BYTES + 2 * Buffer.byteLength(id), CHANGE_BYTES);
}

/** What a grant takes in a record beside its principal; and a change beside its owners and grants. */
const CHANGE_BYTES = 120;

function within<C extends BeforeAndAfter>(changes: readonly C[], friendsOf: FriendsOf, maxBytes: number): readonly C[] {
  if (maxBytes === Number.POSITIVE_INFINITY) return changes;
  let bytes = 0;
  const end = changes.findIndex((change, i) => {
    bytes += bytesOf(change, friendsOf);
    return i > 0 && bytes > maxBytes;
  });
  return end < 0 ? changes : changes.slice(0, end);
}

/** Of each of these resources the grants that their change may touch, by the resource's id. */
async function grantsOf(
  reader: Reader,
  changes: readonly BeforeAndAfter[],
  friendsOf: FriendsOf,
): Promise<ReadonlyMap<string, readonly Grant[]>> {
  if (changes.length === 0) return new Map();
  const principals = new Set<string>();
  for (const { before, after } of changes) {
    const owners = [...before.owners, ...after.owners];
    for (const id of [...owners, ...friendsOf(owners)]) principals.add(id);
    for (const { principal } of [...before.grants, ...after.grants]) principals.add(principal);
  }
  const ids = changes.map(({ before }) => before._id);
  const wanted = { fields: ['grants'] as const, items: { grants: [...principals] } };
  const found = await partsOf(reader, ids, wanted);
  return new Map(found.map(({ _id, grants }) => [_id, grants]));
}

function settle<P extends Ownable>(before: P, wanted: P, friendsOf: FriendsOf): P {
  const owners = new Set([...before.owners, ...wanted.owners]);
  const granted = new Map(before.grants.map((grant) => [grant.principal, grant]));
  const readers = before.visibility === 'friendly' ? friendsOf(before.owners) : new Set<string>();
  const wouldRead = wanted.visibility === 'friendly' ? friendsOf(wanted.owners) : new Set<string>();
  const gains = [...wouldRead].some((id) => !owners.has(id) && !granted.has(id) && !readers.has(id));
  const after: P = gains ? { ...wanted, visibility: 'private' } : wanted;
  const stillRead = gains ? new Set<string>() : wouldRead;
  const has = new Set(after.grants.map(({ principal }) => principal));
  const losing = [...new Set([...granted.keys(), ...readers])].filter(
    (id) => !owners.has(id) && !has.has(id) && !stillRead.has(id),
  );
  const kept = losing.map((principal): Grant => granted.get(principal) ?? { principal, level: 'read' });
  return { ...after, grants: [...after.grants, ...kept] };
}

function sameMembers(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((id) => others.includes(id));
}
