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
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'struct',
    params: commands.renameWorkspace.params,
    result: commands.renameWorkspace.result,
    examples: [{ title: 'A better name', params: { wsi: { id: 1 }, new_name: 'auser:refgenomes' } }],
  },
  method: {
    name: 'Workspace.rename_workspace',
    summary: 'Rename a workspace of the caller.',
    auth: 'required',
    returnsValue: true,
    params: methods.rename_workspace.params,
    result: methods.rename_workspace.result,
  },
  run: rename,
});
