import type { Authority } from '../../../identity/authority.ts';
import type { Transaction } from '../../../store/transaction.ts';
import { deleteResource } from '../../tree/remove.ts';
import type { Address } from './address.ts';
import { existing } from './objects.ts';
import { assertNotTop } from './save.ts';

/**
 * Deletes an object with all of its parts that have no other parent. Each is decided on by itself: the owner of a
 * collection or manifest cannot delete parts that also have other owners, or none.
 *
 * @throws iiif_object_missing, permission_denied, owned_by_many, not_all_deletable, iiif_top_collection,
 *   too_many_resources
 */
export async function deleteObject(tx: Transaction, authority: Authority, address: Address): Promise<void> {
  assertNotTop(address, 'Top level Collection cannot be deleted.');
  const present = await existing(tx, address, 'guarded');
  await deleteResource(tx, authority, { id: present._id, recursive: true });
}
