import { methods } from '../../schemas/generated.ts';
import { listWorkspaces as list } from '../../workspaces/list.ts';
import { method } from '../method.ts';

export const listWorkspaceInfo = method({
  name: 'Workspace.list_workspace_info',
  summary: 'List the workspaces that the caller can read.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.list_workspace_info.params,
  className: 'ListWorkspaceInfoParams',
  result: methods.list_workspace_info.result,
  run: ({ database, people, authority }, params) => list(database, people, authority, params),
});
