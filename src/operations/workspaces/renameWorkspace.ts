import { commands, methods } from '../../base/schemas/generated.ts';
import { renameWorkspace as rename } from '../../domain/workspaces/rename.ts';
import { operation } from '../operation.ts';

export const renameWorkspace = operation({
  effect: 'write',
  className: 'RenameWorkspaceParams',
  needs: ['people'],
  command: {
    name: 'renameWorkspace',
    summary: 'Rename a workspace.',
    takes: 'struct',
    ...commands.renameWorkspace,
    examples: [{ title: 'A better name', params: { wsi: { id: 1 }, new_name: 'auser:refgenomes' } }],
  },
  method: {
    name: 'Workspace.rename_workspace',
    summary: 'Rename a workspace of the caller.',
    auth: 'required',
    ...methods.rename_workspace,
  },
  run: rename,
});
