import type { ObjectIdentity } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Transaction } from '../../store/transaction.ts';
import { changeable, changeObjects } from './change.ts';
import { deletion, isDeleted, undeleted } from './deleted.ts';
import { objectIdentifiersOf } from './identify.ts';

type Identities = readonly (ObjectIdentity | null)[] | undefined;

/**
 * Deletes objects with all of their versions; nothing is gone, and their names stay taken.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function deleteObjects(tx: Transaction, who: Authority, identities: Identities): Promise<void> {
  const identifiers = objectIdentifiersOf(identities);
  const located = await changeable(tx, who, ['write', 'delete objects from'], identifiers);
  await changeObjects(tx, located, ({ object, workspace }) => ({ ...object, ...deletion(workspace) }), 'inWorkspace');
}

/**
 * Brings deleted objects back; one that is not deleted stays as it is.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing
 */
export async function undeleteObjects(tx: Transaction, who: Authority, identities: Identities): Promise<void> {
  const identifiers = objectIdentifiersOf(identities);
  const purpose = ['write', 'undelete objects from'] as const;
  const located = await changeable(tx, who, purpose, identifiers, { deletedToo: true });
  const deleted = located.filter(({ object, workspace }) => isDeleted(object, workspace));
  await changeObjects(tx, deleted, ({ object }) => undeleted(object), 'inWorkspace');
}
