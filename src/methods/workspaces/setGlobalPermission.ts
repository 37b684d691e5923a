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
  run: async ({ tx, authority }, params) => setGlobal(tx, authority, params),
});
