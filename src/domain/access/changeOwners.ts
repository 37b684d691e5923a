import { type Reason, refuse } from '../../base/errors.ts';
import { holds } from '../../base/expiry.ts';
import { friendsAllowedBy } from '../../identity/friends.ts';
import { pinReceivers } from '../../identity/receivers.ts';
import type { Part, Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { partsOf, updateResources } from '../resources/collections.ts';
import type { Grant, Resource } from '../resources/resource.ts';
import { isLower } from './decide.ts';
import { MAX_GRANTS, withoutRoom } from './grants.ts';

/** What previous owners get: the right to administer, to read, or nothing. */
export type PreviousOwner = 'keep' | 'read' | 'drop';

export type Ownable = Part<Resource, 'owners' | 'grants' | 'visibility'>;

export interface OwnerChange<P extends Ownable> {
  /** With at least the grants of the owners before and after, and those that `next` needs. */
  readonly before: P;
  /** The resource with its new owners. It is called again with more of the grants if they are needed. */
  readonly next: (before: P) => P;
}

/** The change for {@link updateOwners}, or why it cannot be made. */
export type SettledChange<P> = { readonly before: P; readonly after: P } | { readonly reason: Reason };

/**
 * The resource with these owners, in this order. New owners lose their grant, which they no longer need; previous
 * owners get what `previousOwner` says. A friendly resource becomes private: {@link settleOwners} gives the friends
 * grants.
 */
export function withOwners<P extends Ownable>(before: P, owners: readonly string[], previousOwner: PreviousOwner): P {
  if (sameMembers(before.owners, owners)) return { ...before, owners };
  const previous = before.owners.filter((id) => !owners.includes(id));
  const others = before.grants.filter(({ principal }) => !owners.includes(principal) && !previous.includes(principal));
  const kept = previous.flatMap((principal) => grantOf(principal, previousOwner));
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

export interface Settling {
  /** The instant at which rights are compared. */
  readonly now: Date;
  readonly maxBytes?: number;
}

/**
 * Settles the grants for changes of owners, so that only new owners gain a right and only previous owners lose one.
 * Friends who could read a resource get a grant. It becomes private if other friends could read it afterwards. Grants
 * that expire stay as they are; a friend who has one to read gets a lasting one.
 *
 * @param settling with `maxBytes`, settles only the first changes, which together change about this many bytes; at least one
 * @returns for each settled change, in order, the change or `grants_full`
 */
export async function settleOwners<P extends Ownable>(
  reader: Reader,
  changes: readonly OwnerChange<P>[],
  { now, maxBytes = Number.POSITIVE_INFINITY }: Settling,
): Promise<SettledChange<P>[]> {
  const all = changes.map(({ before, next }) => ({ before, next, after: next(before) }));
  const friendly = all.filter(isForFriends);
  const owners = new Set(friendly.flatMap(({ before, after }) => [...before.owners, ...after.owners]));
  const letIn = owners.size === 0 ? new Map() : await friendsAllowedBy(reader, [...owners]);
  const friendsOf: FriendsOf = (ids) => new Set(ids.flatMap((id) => letIn.get(id) ?? []));
  const taken = within(all, friendsOf, maxBytes);
  const grants = await grantsOf(reader, taken.filter(isForFriends), friendsOf);
  const settled = taken.map((change) => {
    const known = grants.get(change.before._id);
    if (known === undefined) return change;
    const before = { ...change.before, grants: known };
    return { before, after: settle(before, change.next(before), { friendsOf, now }) };
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
 * As {@link settleOwners} for changes that must all be made in this transaction. The commit fails if a new owner can no
 * longer be given anything.
 *
 * @throws grants_full, recipient_unfit
 */
export async function settleAllOwners<P extends Ownable>(
  tx: Transaction,
  changes: readonly OwnerChange<P>[],
): Promise<{ readonly before: P; readonly after: P }[]> {
  const settled = (await settleOwners(tx, changes, { now: tx.now })).map((change) => {
    if ('reason' in change) throw refuse('grants_full', MAX_GRANTS);
    return change;
  });
  await pinNewOwners(tx, settled);
  return settled;
}

/**
 * Carries out settled changes. The commit fails if a new owner can no longer be given anything.
 *
 * @throws recipient_unfit
 */
export async function updateOwners<P extends Ownable>(
  tx: Transaction,
  settled: readonly { readonly before: P; readonly after: P }[],
): Promise<void> {
  await updateResources(tx, settled);
  // This comes last to keep the locks short. Closing the account at the same time conflicts here.
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

/** A generous estimate of the bytes that the change takes in an audit record. */
function bytesOf({ before, after }: BeforeAndAfter, friendsOf: FriendsOf): number {
  const principals = [...before.owners, ...after.owners, ...before.grants, ...after.grants].map((of) =>
    typeof of === 'string' ? of : of.principal,
  );
  const friends = isForFriends({ before, after }) ? [...friendsOf([...before.owners, ...after.owners])] : [];
  return [...principals, ...friends].reduce((sum, id) => sum + CHANGE_BYTES + 2 * Buffer.byteLength(id), CHANGE_BYTES);
}

/** The bytes of a grant without its principal in a record, and of a change without its owners and grants. */
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

/** The grants that the changes may touch, by the id of the resource. */
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

interface Comparison {
  readonly friendsOf: FriendsOf;
  readonly now: Date;
}

function settle<P extends Ownable>(before: P, wanted: P, { friendsOf, now }: Comparison): P {
  const owners = new Set([...before.owners, ...wanted.owners]);
  const granted = new Map(before.grants.map((grant) => [grant.principal, grant]));
  // Only a lasting grant makes reading as a friend neither a gain nor a loss.
  const lasts = (id: string) => granted.has(id) && granted.get(id)?.expires === undefined;
  const readers = before.visibility === 'friendly' ? friendsOf(before.owners) : new Set<string>();
  const wouldRead = wanted.visibility === 'friendly' ? friendsOf(wanted.owners) : new Set<string>();
  const gains = [...wouldRead].some((id) => !owners.has(id) && !lasts(id) && !readers.has(id));
  const after: P = gains ? { ...wanted, visibility: 'private' } : wanted;
  const stillRead = gains ? new Set<string>() : wouldRead;
  const has = new Set(after.grants.map(({ principal }) => principal));
  const losing = [...new Set([...granted.keys(), ...readers])].filter(
    (id) => !owners.has(id) && !has.has(id) && !stillRead.has(id),
  );
  const kept = losing.map((principal): Grant => granted.get(principal) ?? { principal, level: 'read' });
  const keepsReading = (id: string) => readers.has(id) && !owners.has(id) && !stillRead.has(id);
  const grants = [...after.grants, ...kept].map((grant): Grant => {
    const { principal, level, expires } = grant;
    const onlyReads = !isLower(level, 'read') || !holds(grant, now);
    return expires !== undefined && onlyReads && keepsReading(principal) ? { principal, level: 'read' } : grant;
  });
  return { ...after, grants };
}

function sameMembers(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((id) => others.includes(id));
}
