import { methods } from '../../schemas/generated.ts';
import { listWorkspaceIds as list } from '../../workspaces/list.ts';
import { method } from '../method.ts';

export const listWorkspaceIds = method({
  name: 'Workspace.list_workspace_ids',
  summary: 'List the ids of the workspaces that the caller can read.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.list_workspace_ids.params,
  className: 'ListWorkspaceIDsParams',
  result: methods.list_workspace_ids.result,
  run: ({ database, authority }, params) => list(database, authority, params),
});
