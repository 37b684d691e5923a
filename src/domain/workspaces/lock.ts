import type { WorkspaceIdentity, WorkspaceInfo } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import type { People } from '../../identity/people.ts';
import type { Transaction } from '../../store/transaction.ts';
import { workspaces } from '../resources/resource.ts';
import { headsOf } from './head.ts';
import { assertUnlocked, identifierOf, readWorkspace } from './identity.ts';
import { infoFields, workspaceInfo } from './info.ts';
import { permitted } from './permit.ts';

/**
 * Locks a workspace: its content, name, description and metadata stay as they are. Who may read it can still change.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, workspace_locked,
 *   permission_denied
 */
export async function lockWorkspace(
  tx: Transaction,
  people: People,
  who: Authority,
  identity: WorkspaceIdentity,
): Promise<WorkspaceInfo> {
  const present = await permitted(tx, who, ['lock', 'lock'], identity, infoFields);
  assertUnlocked(present);
  const locked = await tx.update(workspaces, present, { ...present, locked: true });
  const headOf = await headsOf(tx, [locked._id]);
  return workspaceInfo(who, locked, headOf(locked._id), await people.names(locked.owners));
}

/**
 * Takes a lock away, which only an administrator can; of an unlocked workspace nothing changes.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted
 */
export async function unlockWorkspace(
  tx: Transaction,
  people: People,
  who: Authority,
  identity: WorkspaceIdentity,
): Promise<WorkspaceInfo> {
  assertAllRights(who);
  const present = await readWorkspace(tx, identifierOf(identity), { fields: infoFields, items: { grants: [] } });
  const unlocked = await tx.update(workspaces, present, { ...present, locked: false });
  const headOf = await headsOf(tx, [unlocked._id]);
  return workspaceInfo(who, unlocked, headOf(unlocked._id), await people.names(unlocked.owners));
}
