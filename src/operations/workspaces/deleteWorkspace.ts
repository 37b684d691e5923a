import { commands, methods } from '../../base/schemas/generated.ts';
import { deleteWorkspace as remove } from '../../domain/workspaces/remove.ts';
import { operation } from '../operation.ts';

export const deleteWorkspace = operation({
  effect: 'write',
  className: 'WorkspaceIdentity',
  command: {
    name: 'deleteWorkspace',
    summary: 'Delete a workspace; undeleteWorkspace restores it.',
    takes: 'struct',
    ...commands.deleteWorkspace,
    examples: [{ title: 'By name', params: { workspace: 'auser:genomes' } }],
  },
  method: {
    name: 'Workspace.delete_workspace',
    summary: 'Delete a workspace of the caller.',
    auth: 'required',
    returnsValue: false,
    ...methods.delete_workspace,
  },
  run: async ({ tx, authority }, params) => {
    await remove(tx, authority, params);
    return null;
  },
});
