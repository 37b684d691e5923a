import type { Authority } from '../access/authority.ts';
import { assertAllRights, isUser } from '../access/genuine.ts';
import { staffByName } from '../identity/staff.ts';
import { assertOwners } from '../resources/owners.ts';
import { resources } from '../resources/resource.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { IiifType } from './kinds.ts';
import { objectByAtId } from './objects.ts';

/** The ids behind these names, each once and in order. @throws staff_name_unknown, owner_kind_not_allowed */
export async function ownersNamed(reader: Reader, type: IiifType, names: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const { _id } = await staffByName(reader, name);
    if (!ids.includes(_id)) ids.push(_id);
  }
  assertOwners(type, undefined, ids);
  return ids;
}

/** Who owns what is made anew: who makes it, or for an administrator whom it names. */
export async function ownersOfNew(
  reader: Reader,
  who: Authority,
  type: IiifType,
  named: readonly string[] = [],
): Promise<string[]> {
  return isUser(who) ? [who.principal._id] : ownersNamed(reader, type, named);
}

export interface OwnedBy {
  readonly type: IiifType;
  /** The `@id`. */
  readonly object: string;
  readonly ownedBy: readonly string[];
}

/**
 * Makes these accounts, and no others, the owners of an object; of none of its children.
 *
 * @throws iiif_object_missing, staff_name_unknown
 */
export async function setOwnedBy(tx: Transaction, who: Authority, { type, object, ownedBy }: OwnedBy): Promise<void> {
  assertAllRights(who);
  const present = await objectByAtId(tx, type, object);
  const owners = await ownersNamed(tx, type, ownedBy);
  await tx.update(resources, present, { ...present, owners });
}
