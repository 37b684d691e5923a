import type { Authority } from '../../../identity/authority.ts';
import { assertAllRights, isUser } from '../../../identity/genuineAuthority.ts';
import { IIIF_USERS } from '../../../identity/nameRules.ts';
import { pinReceivers } from '../../../identity/receivers.ts';
import { resolveToGive } from '../../../identity/resolver.ts';
import type { Transaction } from '../../../store/transaction.ts';
import { type Ownable, settleAllOwners, withOwners } from '../../access/changeOwners.ts';
import type { WriteAccess } from '../../access/context.ts';
import { assertOwners } from '../../resources/owners.ts';
import { resources } from '../../resources/resource.ts';
import type { IiifType } from './kinds.ts';
import { objectByAtId } from './objects.ts';

/**
 * The ids behind these names, each once and in order.
 *
 * @throws staff_name_unknown, recipient_unfit, owner_kind_not_allowed
 */
export async function ownersNamed(tx: Transaction, type: IiifType, names: readonly string[]): Promise<string[]> {
  const ids = (await resolveToGive(tx, names, IIIF_USERS)).map(({ id }) => id);
  assertOwners(type, undefined, ids);
  return ids;
}

/** The owners of a new object: the user who makes it, or those that an administrator names. */
export async function ownersOfNew(
  { tx, authority }: WriteAccess,
  type: IiifType,
  named: readonly string[] = [],
): Promise<string[]> {
  return isUser(authority) ? [authority.principal._id] : ownersNamed(tx, type, named);
}

export interface OwnedBy {
  readonly type: IiifType;
  /** The `@id`. */
  readonly object: string;
  readonly ownedBy: readonly string[];
}

/**
 * Makes these accounts the only owners of an object, but not of its children.
 *
 * @throws iiif_object_missing, staff_name_unknown, recipient_unfit, grants_full
 */
export async function setOwnedBy(
  tx: Transaction,
  authority: Authority,
  { type, object, ownedBy }: OwnedBy,
): Promise<void> {
  assertAllRights(authority);
  const present = await objectByAtId(tx, type, object);
  const owners = await ownersNamed(tx, type, ownedBy);
  const [change] = await withOwnersOf(tx, [{ object: present, owners }]);
  if (change !== undefined) await tx.update(resources, change.before, change.after);
}

/**
 * The objects with these owners, in order. The commit fails if a new owner can no longer be given anything.
 *
 * @throws recipient_unfit, grants_full
 */
export async function withOwnersOf<P extends Ownable>(
  tx: Transaction,
  each: readonly { readonly object: P; readonly owners: readonly string[] }[],
): Promise<{ readonly before: P; readonly after: P }[]> {
  const changes = each.map(({ object, owners }) => ({
    before: object,
    next: (before: P) => withOwners(before, owners, 'drop'),
  }));
  return settleAllOwners(tx, changes);
}

/** Makes the commit fail if a named owner of a new object can no longer be given anything. @throws recipient_unfit */
export async function pinOwnersOfNew(tx: Transaction, authority: Authority, owners: readonly string[]): Promise<void> {
  if (!isUser(authority)) await pinReceivers(tx, owners);
}
