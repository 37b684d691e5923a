import { commands } from '../../schemas/generated.ts';
import { listWorkspaces as list } from '../../workspaces/list.ts';
import { method } from '../method.ts';

export const listWorkspaceInfo = method({
  name: 'Workspace.list_workspace_info',
  summary: 'List the workspaces that the caller can read.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: commands.listWorkspaces.params,
  className: 'ListWorkspaceInfoParams',
  result: commands.listWorkspaces.result,
  run: ({ database, people, caller }, params) => list(database, people, caller, params),
});
