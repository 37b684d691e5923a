import { methods } from '../../schemas/generated.ts';
import { lockWorkspace as lock } from '../../workspaces/lock.ts';
import { method } from '../method.ts';

export const lockWorkspace = method({
  name: 'Workspace.lock_workspace',
  summary: 'Lock a workspace for ever.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.lock_workspace.params,
  className: 'WorkspaceIdentity',
  result: methods.lock_workspace.result,
  run: async ({ tx, people, authority }, params) => lock(tx, people, authority, params),
});
