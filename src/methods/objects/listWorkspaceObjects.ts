import { listWorkspaceObjects as list } from '../../objects/metadata.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';
import { authorityOr } from '../workspaces/authorityOr.ts';

export const listWorkspaceObjects = method({
  name: 'Workspace.list_workspace_objects',
  summary: 'List the objects of a workspace, shortly.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.list_workspace_objects.params,
  className: 'ListWorkspaceObjectsParams',
  result: methods.list_workspace_objects.result,
  deprecated: 'list_objects',
  run: async (ctx, { auth, ...params }) => {
    const who = await authorityOr(ctx, auth);
    return list(ctx.database, ctx.people, who, params);
  },
});
