import { methods } from '../../schemas/generated.ts';
import { workspaceMeta } from '../../workspaces/info.ts';
import { listWorkspaces as list } from '../../workspaces/list.ts';
import { method } from '../method.ts';
import { authorityOr } from './authorityOr.ts';

export const listWorkspaces = method({
  name: 'Workspace.list_workspaces',
  summary: 'List the workspaces that the caller can read, shortly.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.list_workspaces.params,
  className: 'ListWorkspacesParams',
  result: methods.list_workspaces.result,
  deprecated: 'list_workspace_info',
  run: async (ctx, { auth, ...params }) => {
    const infos = await list(ctx.database, ctx.people, await authorityOr(ctx, auth), params);
    return infos.map(workspaceMeta);
  },
});
