import { refuse } from '../../base/errors.ts';
import type { RenameWorkspaceParams, WorkspaceInfo } from '../../base/schemas/generated.ts';
import type { WriteContext } from '../access/context.ts';
import { workspaces } from '../resources/resource.ts';
import { headsOf } from './head.ts';
import { assertUnlocked, identifierOf } from './identity.ts';
import { infoFields, ownerOf, workspaceInfo } from './info.ts';
import { assertWorkspaceName } from './names.ts';
import { readPermitted } from './permit.ts';
import { assertUntaken } from './taken.ts';

/**
 * Renames a workspace. Only the owner's name may come before a `:`.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, workspace_locked,
 *   workspace_name_taken, permission_denied
 */
export async function renameWorkspace(
  { tx, people, authority }: WriteContext,
  { wsi, new_name: name }: RenameWorkspaceParams,
): Promise<WorkspaceInfo> {
  identifierOf(wsi);
  assertWorkspaceName(name);
  const present = await readPermitted({ reader: tx, authority }, wsi, { verb: 'rename', fields: infoFields });
  const nameOf = await people.names(present.owners);
  assertWorkspaceName(name, nameOf(ownerOf(present)));
  assertUnlocked(present);
  if (name === present.name) throw refuse('workspace_name_taken', `Workspace is already named ${name}`);
  await assertUntaken(tx, name);
  const renamed = await tx.update(workspaces, present, { ...present, name, modifiedAt: tx.now });
  const headOf = await headsOf(tx, [renamed._id]);
  return workspaceInfo(authority, renamed, { head: headOf(renamed._id), nameOf });
}
