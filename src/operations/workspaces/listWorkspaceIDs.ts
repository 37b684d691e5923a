import { commands, methods } from '../../base/schemas/generated.ts';
import { listWorkspaceIds } from '../../domain/workspaces/list.ts';
import { operation } from '../operation.ts';

export const listWorkspaceIDs = operation({
  effect: 'read',
  className: 'ListWorkspaceIDsParams',
  command: {
    name: 'listWorkspaceIDs',
    summary: 'List the ids of the workspaces that a user sees.',
    user: 'subject',
    order: 'userFirst',
    takes: 'struct',
    ...commands.listWorkspaceIDs,
    examples: [{ title: 'All, those that everybody may read included', user: 'auser', params: { excludeGlobal: 0 } }],
  },
  method: {
    name: 'Workspace.list_workspace_ids',
    summary: 'List the ids of the workspaces that the caller can read.',
    auth: 'optional',
    ...methods.list_workspace_ids,
  },
  run: ({ reader, authority }, params) => listWorkspaceIds(reader, authority, params),
});
