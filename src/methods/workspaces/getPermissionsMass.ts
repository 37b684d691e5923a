import { methods } from '../../schemas/generated.ts';
import { getPermissionsMass as get } from '../../workspaces/permissions.ts';
import { method } from '../method.ts';

export const getPermissionsMass = method({
  name: 'Workspace.get_permissions_mass',
  summary: 'Show who may do what with up to 1,000 workspaces, as far as the caller sees it.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_permissions_mass.params,
  className: 'GetPermissionsMassParams',
  result: methods.get_permissions_mass.result,
  run: async ({ database, people, authority }, params) => get(database, people, authority, params),
});
