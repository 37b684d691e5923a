import { asUser } from '../../access/actingAs.ts';
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
  run: async ({ tx, people, caller }, params) => share(tx, people, await asUser(people, caller), params),
});
