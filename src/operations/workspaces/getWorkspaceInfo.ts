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
    takes: 'tolerant',
    ...commands.getWorkspaceInfo,
    examples: [{ title: 'By id', params: { id: 1 } }],
  },
  method: {
    name: 'Workspace.get_workspace_info',
    auth: 'optional',
    ...methods.get_workspace_info,
  },
  run: getInfo,
});
