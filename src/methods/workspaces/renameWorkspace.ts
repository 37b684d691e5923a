import { methods } from '../../schemas/generated.ts';
import { renameWorkspace as rename } from '../../workspaces/rename.ts';
import { method } from '../method.ts';

export const renameWorkspace = method({
  name: 'Workspace.rename_workspace',
  summary: 'Give a workspace of the caller another name.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.rename_workspace.params,
  className: 'RenameWorkspaceParams',
  result: methods.rename_workspace.result,
  run: async ({ tx, people, authority }, params) => rename(tx, people, authority, params),
});
