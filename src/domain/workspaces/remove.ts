import type { WorkspaceIdentity } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import type { Transaction } from '../../store/transaction.ts';
import { workspaces } from '../resources/resource.ts';
import { assertUnlocked, identifierOf, readWorkspace } from './identity.ts';
import { readPermitted } from './permit.ts';

const fields = ['locked', 'modifiedAt', 'undeletions'] as const;

/**
 * Marks a workspace as deleted. Its name stays taken, and administrators can restore it.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, workspace_locked,
 *   permission_denied
 */
export async function deleteWorkspace(
  tx: Transaction,
  authority: Authority,
  identity: WorkspaceIdentity,
): Promise<void> {
  const present = await readPermitted({ reader: tx, authority }, identity, { verb: 'delete', fields });
  assertUnlocked(present);
  await tx.update(workspaces, present, { ...present, deleted: true, modifiedAt: tx.now });
}

/**
 * Restores a workspace, as an administrator, with all of its objects, including those that were deleted by themselves.
 * A workspace that is not deleted also gets all of its objects back.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_locked
 */
export async function undeleteWorkspace(
  tx: Transaction,
  authority: Authority,
  identity: WorkspaceIdentity,
): Promise<void> {
  assertAllRights(authority);
  const present = await readWorkspace(tx, identifierOf(identity), { fields, deletedToo: true });
  assertUnlocked(present);
  const undeletions = (present.undeletions ?? 0) + 1;
  await tx.update(workspaces, present, { ...present, deleted: false, undeletions, modifiedAt: tx.now });
}
