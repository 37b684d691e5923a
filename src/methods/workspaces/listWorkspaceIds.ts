import { commands } from '../../schemas/generated.ts';
import { listWorkspaceIds as list } from '../../workspaces/list.ts';
import { method } from '../method.ts';

export const listWorkspaceIds = method({
  name: 'Workspace.list_workspace_ids',
  summary: 'List the ids of the workspaces that the caller can read.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: commands.listWorkspaceIDs.params,
  className: 'ListWorkspaceIDsParams',
  result: commands.listWorkspaceIDs.result,
  run: ({ database, people, caller }, params) => list(database, people, caller, params),
});
