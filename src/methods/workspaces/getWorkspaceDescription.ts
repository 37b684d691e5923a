import { methods } from '../../schemas/generated.ts';
import { getWorkspaceDescription as getDescription } from '../../workspaces/info.ts';
import { method } from '../method.ts';

export const getWorkspaceDescription = method({
  name: 'Workspace.get_workspace_description',
  summary: 'Show the description of a workspace.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_workspace_description.params,
  className: 'WorkspaceIdentity',
  result: methods.get_workspace_description.result,
  run: async ({ database, authority }, params) => getDescription(database, authority, params),
});
