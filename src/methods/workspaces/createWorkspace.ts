import { methods } from '../../schemas/generated.ts';
import { createWorkspace as create } from '../../workspaces/create.ts';
import { method } from '../method.ts';

export const createWorkspace = method({
  name: 'Workspace.create_workspace',
  summary: 'Make a workspace of the caller.',
  effect: 'write',
  lane: 'workspaces',
  auth: 'required',
  returnsValue: true,
  params: methods.create_workspace.params,
  className: 'CreateWorkspaceParams',
  result: methods.create_workspace.result,
  run: ({ tx, caller }, params) => create(tx, caller, params),
});
