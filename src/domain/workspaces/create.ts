import { refuse } from '../../base/errors.ts';
import type { CreateWorkspaceParams, WorkspaceInfo } from '../../base/schemas/generated.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type Workspace, workspaces } from '../resources/resource.ts';
import { resourceTypes } from '../resources/types.ts';
import { describe } from './describe.ts';
import { ownersInfo } from './info.ts';
import { assertMetaSize, metaItems } from './meta.ts';
import { assertWorkspaceName } from './names.ts';
import { holderOfName } from './taken.ts';

/**
 * Makes a workspace of this user.
 *
 * @returns its info as the owner sees it
 * @throws globalread_invalid, metadata_invalid, workspace_name_invalid, workspace_name_taken
 */
export async function createWorkspace(
  tx: Transaction,
  owner: Principal,
  { workspace: name, globalread = 'n', description, meta }: CreateWorkspaceParams,
): Promise<WorkspaceInfo> {
  if (globalread !== 'n' && globalread !== 'r') throw refuse('globalread_invalid');
  const items = metaItems(meta);
  assertWorkspaceName(name, owner.username);
  assertMetaSize(items);
  await assertNameFree(tx, name, owner);
  const { number, id } = await tx.newNumber('workspace', 'ws', 'number');
  const made = await tx.insert(workspaces, {
    _id: id,
    type: 'workspace',
    number,
    name,
    owners: [owner._id],
    grants: [],
    visibility: globalread === 'r' ? 'public' : resourceTypes.workspace.defaultVisibility,
    deleted: false,
    locked: false,
    ...describe(description),
    meta: items,
    createdAt: tx.now,
    modifiedAt: tx.now,
  } satisfies Omit<Workspace, 'revision'>);
  return ownersInfo(made, undefined, owner);
}

async function assertNameFree(tx: Transaction, name: string, owner: Principal): Promise<void> {
  const holder = await holderOfName(tx, name);
  if (holder === undefined) return;
  const own = holder.deleted && holder.owners.includes(owner._id);
  throw refuse(
    'workspace_name_taken',
    `Workspace name ${name} is already in use${own ? ' by a deleted workspace' : ''}`,
  );
}
