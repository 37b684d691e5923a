import { commands, methods } from '../../base/schemas/generated.ts';
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
    params: commands.listWorkspaces.params,
    result: commands.listWorkspaces.result,
    examples: [{ title: 'Those the user may write to', user: 'auser', params: { perm: 'w', excludeGlobal: 1 } }],
  },
  method: {
    name: 'Workspace.list_workspace_info',
    summary: 'List the workspaces that the caller can read.',
    auth: 'optional',
    returnsValue: true,
    params: methods.list_workspace_info.params,
    result: methods.list_workspace_info.result,
  },
  run: list,
});
