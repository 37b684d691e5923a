import { methods } from '../../schemas/generated.ts';
import { getWorkspaceInfo as getInfo } from '../../workspaces/info.ts';
import { method } from '../method.ts';

export const getWorkspaceInfo = method({
  name: 'Workspace.get_workspace_info',
  summary: 'Show a workspace: owner, last change, lock, metadata.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_workspace_info.params,
  className: 'WorkspaceIdentity',
  result: methods.get_workspace_info.result,
  run: async ({ database, people, authority }, params) => getInfo(database, people, authority, params),
});
