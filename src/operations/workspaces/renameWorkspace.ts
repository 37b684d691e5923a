import { commands, methods } from '../../base/schemas/generated.ts';
import { renameWorkspace as rename } from '../../domain/workspaces/rename.ts';
import { operation } from '../operation.ts';

export const renameWorkspace = operation({
  effect: 'write',
  className: 'RenameWorkspaceParams',
  needs: ['people'],
  command: {
    name: 'renameWorkspace',
    summary: 'Give a workspace another name.',
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'struct',
    params: commands.renameWorkspace.params,
    result: commands.renameWorkspace.result,
    examples: [{ title: 'A better name', params: { wsi: { id: 1 }, new_name: 'auser:refgenomes' } }],
  },
  method: {
    name: 'Workspace.rename_workspace',
    summary: 'Give a workspace of the caller another name.',
    auth: 'required',
    returnsValue: true,
    params: methods.rename_workspace.params,
    result: methods.rename_workspace.result,
  },
  run: rename,
});
