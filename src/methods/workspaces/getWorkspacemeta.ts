import { methods } from '../../schemas/generated.ts';
import { getWorkspaceInfo, workspaceMeta } from '../../workspaces/info.ts';
import { method } from '../method.ts';
import { authorityOr } from './authorityOr.ts';

export const getWorkspacemeta = method({
  name: 'Workspace.get_workspacemeta',
  summary: 'Show a workspace, shortly.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_workspacemeta.params,
  className: 'GetWorkspacemetaParams',
  result: methods.get_workspacemeta.result,
  deprecated: 'get_workspace_info',
  run: async (ctx, { auth, ...identity }) => {
    const who = await authorityOr(ctx, auth);
    return workspaceMeta(await getWorkspaceInfo(ctx.database, ctx.people, who, identity));
  },
});
