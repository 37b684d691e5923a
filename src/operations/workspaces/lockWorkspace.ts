import { commands, methods } from '../../base/schemas/generated.ts';
import { lockWorkspace as lock } from '../../domain/workspaces/lock.ts';
import { operation } from '../operation.ts';

export const lockWorkspace = operation({
  effect: 'write',
  className: 'WorkspaceIdentity',
  needs: ['people'],
  command: {
    name: 'lockWorkspace',
    summary: 'Lock a workspace, so that its content cannot change.',
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'struct',
    params: commands.lockWorkspace.params,
    result: commands.lockWorkspace.result,
    examples: [{ title: 'By id', params: { id: 1 } }],
  },
  method: {
    name: 'Workspace.lock_workspace',
    summary: 'Lock a workspace; only administrators can unlock it.',
    auth: 'required',
    returnsValue: true,
    params: methods.lock_workspace.params,
    result: methods.lock_workspace.result,
  },
  run: lock,
});
