import { cloneWorkspace as clone } from '../../objects/clone.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const cloneWorkspace = method({
  name: 'Workspace.clone_workspace',
  summary: 'Make a workspace of the caller out of one that the caller can read.',
  effect: 'write',
  lane: 'none',
  auth: 'required',
  returnsValue: true,
  params: methods.clone_workspace.params,
  className: 'CloneWorkspaceParams',
  result: methods.clone_workspace.result,
  run: async ({ tx, authority }, params) => clone(tx, authority, params),
});
