import { commands, methods } from '../../base/schemas/generated.ts';
import { getWorkspaceInfo as getInfo } from '../../domain/workspaces/info.ts';
import { operation } from '../operation.ts';

export const getWorkspaceInfo = operation({
  summary: 'Show a workspace: owner, last change, lock, metadata.',
  effect: 'read',
  className: 'WorkspaceIdentity',
  needs: ['people'],
  command: {
    name: 'getWorkspaceInfo',
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'tolerant',
    params: commands.getWorkspaceInfo.params,
    result: commands.getWorkspaceInfo.result,
    examples: [{ title: 'By id', params: { id: 1 } }],
  },
  method: {
    name: 'Workspace.get_workspace_info',
    auth: 'optional',
    returnsValue: true,
    params: methods.get_workspace_info.params,
    result: methods.get_workspace_info.result,
  },
  run: getInfo,
});
