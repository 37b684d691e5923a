import { commands, methods } from '../../base/schemas/generated.ts';
import { infosAsJson } from '../../domain/workspaces/infosAsJson.ts';
import { listWorkspaces as list } from '../../domain/workspaces/list.ts';
import { operation } from '../operation.ts';

export const listWorkspaces = operation({
  effect: 'read',
  className: 'ListWorkspaceInfoParams',
  needs: ['people'],
  command: {
    name: 'listWorkspaces',
    summary: 'List the workspaces that a user sees.',
    user: 'subject',
    order: 'userFirst',
    takes: 'struct',
    ...commands.listWorkspaces,
    examples: [{ title: 'Those the user may write to', user: 'auser', params: { perm: 'w', excludeGlobal: 1 } }],
  },
  method: {
    name: 'Workspace.list_workspace_info',
    summary: 'List the workspaces that the caller can read.',
    auth: 'optional',
    ...methods.list_workspace_info,
  },
  run: async ({ people, ...call }, params) => infosAsJson(people, call.authority, await list(call, params)),
});
