import { asUser } from '../../access/actingAs.ts';
import { commands } from '../../schemas/generated.ts';
import { setGlobalPermission as setGlobal } from '../../workspaces/share.ts';
import { method } from '../method.ts';

export const setGlobalPermission = method({
  name: 'Workspace.set_global_permission',
  summary: 'Let everybody read a workspace, or no longer.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: commands.setGlobalPermission.params,
  className: 'SetGlobalPermissionsParams',
  run: async ({ tx, people, caller }, params) => setGlobal(tx, await asUser(people, caller), params),
});
