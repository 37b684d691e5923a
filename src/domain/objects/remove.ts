import type { ObjectIdentity } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Transaction } from '../../store/transaction.ts';
import { changeInWorkspace, locateForChange } from './change.ts';
import { deletion, isDeleted, undeleted } from './deleted.ts';
import { objectIdentifiersOf } from './identify.ts';

type Identities = readonly (ObjectIdentity | null)[] | undefined;

/**
 * Marks objects as deleted, with all of their versions; their names stay taken.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function deleteObjects(tx: Transaction, authority: Authority, identities: Identities): Promise<void> {
  const identifiers = objectIdentifiersOf(identities);
  const located = await locateForChange({ tx, authority }, identifiers, { verb: 'delete objects from' });
  await changeInWorkspace(tx, located, ({ object, workspace }) => ({ ...object, ...deletion(workspace) }));
}

/**
 * Restores deleted objects; one that is not deleted stays as it is.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing
 */
export async function undeleteObjects(tx: Transaction, authority: Authority, identities: Identities): Promise<void> {
  const identifiers = objectIdentifiersOf(identities);
  const options = { verb: 'undelete objects from', deletedToo: true } as const;
  const located = await locateForChange({ tx, authority }, identifiers, options);
  const deleted = located.filter(({ object, workspace }) => isDeleted(object, workspace));
  await changeInWorkspace(tx, deleted, ({ object }) => undeleted(object));
}
