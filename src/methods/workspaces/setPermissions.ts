import { methods } from '../../schemas/generated.ts';
import { setPermissions as share } from '../../workspaces/share.ts';
import { method } from '../method.ts';

export const setPermissions = method({
  name: 'Workspace.set_permissions',
  summary: 'Give users a permission on a workspace, or withdraw it.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.set_permissions.params,
  className: 'SetPermissionsParams',
  result: methods.set_permissions.result,
  run: async ({ tx, people, authority }, params) => share(tx, people, authority, params),
});
