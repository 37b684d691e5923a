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
    takes: 'struct',
    ...commands.lockWorkspace,
    examples: [{ title: 'By id', params: { id: 1 } }],
  },
  method: {
    name: 'Workspace.lock_workspace',
    summary: 'Lock a workspace; only administrators can unlock it.',
    auth: 'required',
    ...methods.lock_workspace,
  },
  run: lock,
});
