import { asCaller } from '../../access/actingAs.ts';
import { commands } from '../../schemas/generated.ts';
import { getWorkspaceInfo as getInfo } from '../../workspaces/info.ts';
import { method } from '../method.ts';

export const getWorkspaceInfo = method({
  name: 'Workspace.get_workspace_info',
  summary: 'Show a workspace: owner, last change, lock, metadata.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: commands.getWorkspaceInfo.params,
  className: 'WorkspaceIdentity',
  result: commands.getWorkspaceInfo.result,
  run: async ({ database, people, caller }, params) =>
    getInfo(database, people, await asCaller(people, caller), params),
});
