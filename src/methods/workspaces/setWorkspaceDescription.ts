import { methods } from '../../schemas/generated.ts';
import { setWorkspaceDescription as setDescription } from '../../workspaces/describe.ts';
import { method } from '../method.ts';

export const setWorkspaceDescription = method({
  name: 'Workspace.set_workspace_description',
  summary: 'Set the description of a workspace, or take it away.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.set_workspace_description.params,
  className: 'SetWorkspaceDescriptionParams',
  result: methods.set_workspace_description.result,
  run: async ({ tx, authority }, params) => setDescription(tx, authority, params),
});
