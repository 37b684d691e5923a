import { methods } from '../../base/schemas/generated.ts';
import { getWorkspaceInfo, workspaceMeta } from '../../domain/workspaces/info.ts';
import { operation } from '../operation.ts';

export const getWorkspacemeta = operation({
  summary: 'Show a workspace, in brief.',
  effect: 'read',
  className: 'GetWorkspacemetaParams',
  needs: ['people'],
  method: {
    name: 'Workspace.get_workspacemeta',
    auth: 'optional',
    ...methods.get_workspacemeta,
    deprecated: 'get_workspace_info',
    authority: { bearerOf: 'auth' },
    run: async ({ reader, people, authority }, { auth: _, ...identity }) => {
      return workspaceMeta(await getWorkspaceInfo({ reader, people, authority }, identity));
    },
  },
});
