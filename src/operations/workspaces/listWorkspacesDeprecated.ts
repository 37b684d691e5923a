import { methods } from '../../base/schemas/generated.ts';
import { workspaceInfo, workspaceMeta } from '../../domain/workspaces/info.ts';
import { listWorkspaces as list } from '../../domain/workspaces/list.ts';
import { operation } from '../operation.ts';

export const listWorkspacesDeprecated = operation({
  summary: 'List the workspaces that the caller can read, in brief.',
  effect: 'read',
  className: 'ListWorkspacesParams',
  needs: ['people'],
  method: {
    name: 'Workspace.list_workspaces',
    auth: 'optional',
    ...methods.list_workspaces,
    deprecated: 'list_workspace_info',
    authority: { bearerOf: 'auth' },
    run: async ({ reader, people, authority }, { auth: _, ...params }) => {
      const listed = await list({ reader, authority }, params);
      const nameOf = await people.names(listed.flatMap(({ workspace }) => workspace.owners));
      return listed.map(({ workspace, head }) => workspaceMeta(workspaceInfo(authority, workspace, { head, nameOf })));
    },
  },
});
