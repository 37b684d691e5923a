import { methods } from '../../schemas/generated.ts';
import { getPermissions as get } from '../../workspaces/permissions.ts';
import { method } from '../method.ts';

export const getPermissions = method({
  name: 'Workspace.get_permissions',
  summary: 'Show who may do what with a workspace, as far as the caller sees it.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_permissions.params,
  className: 'WorkspaceIdentity',
  result: methods.get_permissions.result,
  deprecated: 'get_permissions_mass',
  run: async ({ database, people, authority }, params) => get(database, people, authority, params),
});
