import { refuse } from '../../../base/errors.ts';
import type { Authority } from '../../../identity/authority.ts';
import { isRoleId } from '../../../identity/roles.ts';
import type { Transaction } from '../../../store/transaction.ts';
import { holdingGrants } from '../../access/grants.ts';
import { assertMay, guarding } from '../../access/may.ts';
import { labelOf, readResource, readResources } from '../../resources/reference.ts';
import { deleteResource } from '../../tree/remove.ts';
import { type ObjectNamed, referenceTo } from './named.ts';

/**
 * Deletes an object with everything below it, as the portal does: everybody who may write to it may. If one of the
 * objects may not be deleted, none is. A file that is shared with users is deleted only with `force`.
 *
 * @throws resource_missing, permission_denied, not_all_deletable, gnode_file_shared, too_many_resources, change_too_big
 */
export async function deleteObject(
  tx: Transaction,
  authority: Authority,
  { force = false, ...named }: ObjectNamed & { readonly force?: boolean },
): Promise<null> {
  const reference = referenceTo(named);
  if (reference.type === 'datafile' && !force) {
    const file = await readResource(tx, reference, guarding(authority));
    await assertMay({ reader: tx, authority }, 'delete', file);
    const [shared] = await readResources(tx, [file._id], { fields: ['grants'] });
    const users = holdingGrants(shared?.grants ?? [], tx.now).filter(({ principal }) => !isRoleId(principal)).length;
    if (users > 0) throw refuse('gnode_file_shared', labelOf(file), users);
  }
  await deleteResource(tx, authority, { ...reference, recursive: true });
  return null;
}
