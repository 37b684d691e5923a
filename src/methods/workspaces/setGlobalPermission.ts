import { asUser } from '../../access/actingAs.ts';
import { methods } from '../../schemas/generated.ts';
import { setGlobalPermission as setGlobal } from '../../workspaces/share.ts';
import { method } from '../method.ts';

export const setGlobalPermission = method({
  name: 'Workspace.set_global_permission',
  summary: 'Let everybody read a workspace, or no longer.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.set_global_permission.params,
  className: 'SetGlobalPermissionsParams',
  result: methods.set_global_permission.result,
  run: async ({ tx, people, caller }, params) => setGlobal(tx, await asUser(people, caller), params),
});
