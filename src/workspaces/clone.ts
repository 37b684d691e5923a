import { asUser } from '../access/actingAs.ts';
import type { People } from '../identity/people.ts';
import type { Principal } from '../identity/principal.ts';
import type { CloneWorkspaceMethod, WorkspaceInfo } from '../schemas/generated.ts';
import type { Transaction } from '../store/transaction.ts';
import { createWorkspace } from './create.ts';
import { permitted } from './permit.ts';

/**
 * Makes a workspace of this user's out of one that it can read. Description, metadata and who may read it are the
 * clone's own.
 *
 * @throws workspace_not_named, workspace_missing, workspace_deleted, permission_denied, and what createWorkspace throws
 */
export async function cloneWorkspace(
  tx: Transaction,
  people: People,
  user: Principal,
  { wsi, exclude: _, ...clone }: CloneWorkspaceMethod['params'],
): Promise<WorkspaceInfo> {
  await permitted(tx, await asUser(people, user), ['read', 'read'], wsi, []);
  return createWorkspace(tx, user, clone);
}
