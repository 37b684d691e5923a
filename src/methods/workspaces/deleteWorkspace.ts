import { asUser } from '../../access/actingAs.ts';
import { commands } from '../../schemas/generated.ts';
import { deleteWorkspace as remove } from '../../workspaces/remove.ts';
import { method } from '../method.ts';

export const deleteWorkspace = method({
  name: 'Workspace.delete_workspace',
  summary: 'Delete a workspace of the caller.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: commands.deleteWorkspace.params,
  className: 'WorkspaceIdentity',
  run: async ({ tx, people, caller }, params) => remove(tx, await asUser(people, caller), params),
});
