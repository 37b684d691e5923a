import { methods } from '../../schemas/generated.ts';
import { deleteWorkspace as remove } from '../../workspaces/remove.ts';
import { method } from '../method.ts';

export const deleteWorkspace = method({
  name: 'Workspace.delete_workspace',
  summary: 'Delete a workspace of the caller.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.delete_workspace.params,
  className: 'WorkspaceIdentity',
  result: methods.delete_workspace.result,
  run: async ({ tx, authority }, params) => remove(tx, authority, params),
});
