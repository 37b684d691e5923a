import { asUser } from '../../access/actingAs.ts';
import { commands } from '../../schemas/generated.ts';
import { lockWorkspace as lock } from '../../workspaces/lock.ts';
import { method } from '../method.ts';

export const lockWorkspace = method({
  name: 'Workspace.lock_workspace',
  summary: 'Lock a workspace for ever.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: commands.lockWorkspace.params,
  className: 'WorkspaceIdentity',
  result: commands.lockWorkspace.result,
  run: async ({ tx, people, caller }, params) => lock(tx, people, await asUser(people, caller), params),
});
