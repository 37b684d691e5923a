import { methods } from '../../base/schemas/generated.ts';
import { listWorkspaceObjects as list } from '../../domain/objects/metadata.ts';
import { operation } from '../operation.ts';

export const listWorkspaceObjects = operation({
  summary: 'List the objects of a workspace, in brief.',
  effect: 'read',
  className: 'ListWorkspaceObjectsParams',
  needs: ['people'],
  method: {
    name: 'Workspace.list_workspace_objects',
    auth: 'optional',
    ...methods.list_workspace_objects,
    deprecated: 'list_objects',
    authority: { bearerOf: 'auth' },
    run: async ({ reader, people, authority }, { auth: _, ...params }) => {
      return list({ reader, people, authority }, params);
    },
  },
});
