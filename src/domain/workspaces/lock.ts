import type { WorkspaceIdentity, WorkspaceInfo } from '../../base/schemas/generated.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import type { WriteContext } from '../access/context.ts';
import { workspaces } from '../resources/resource.ts';
import { headsOf } from './head.ts';
import { assertUnlocked, identifierOf, readWorkspace } from './identity.ts';
import { infoFields, workspaceInfo } from './info.ts';
import { readPermitted } from './permit.ts';

/**
 * Locks a workspace: its objects, name, description and metadata can no longer change, but its permissions can.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, workspace_locked,
 *   permission_denied
 */
export async function lockWorkspace(
  { tx, people, authority }: WriteContext,
  identity: WorkspaceIdentity,
): Promise<WorkspaceInfo> {
  const present = await readPermitted({ reader: tx, authority }, identity, { verb: 'lock', fields: infoFields });
  assertUnlocked(present);
  const locked = await tx.update(workspaces, present, { ...present, locked: true });
  const headOf = await headsOf(tx, [locked._id]);
  return workspaceInfo(authority, locked, { head: headOf(locked._id), nameOf: await people.names(locked.owners) });
}

/**
 * Unlocks a workspace, which only administrators can.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted
 */
export async function unlockWorkspace(
  { tx, people, authority }: WriteContext,
  identity: WorkspaceIdentity,
): Promise<WorkspaceInfo> {
  assertAllRights(authority);
  const present = await readWorkspace(tx, identifierOf(identity), { fields: infoFields, items: { grants: [] } });
  const unlocked = await tx.update(workspaces, present, { ...present, locked: false });
  const headOf = await headsOf(tx, [unlocked._id]);
  return workspaceInfo(authority, unlocked, {
    head: headOf(unlocked._id),
    nameOf: await people.names(unlocked.owners),
  });
}
