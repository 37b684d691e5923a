import { commands, methods } from '../../base/schemas/generated.ts';
import { getPermissions as get } from '../../domain/workspaces/permissions.ts';
import { operation } from '../operation.ts';

export const getPermissions = operation({
  effect: 'read',
  className: 'WorkspaceIdentity',
  needs: ['people'],
  command: {
    name: 'getPermissions',
    summary: 'Show who may do what with a workspace: everything, or what a user would see.',
    user: 'optionalSubject',
    order: 'paramsFirst',
    takes: 'struct',
    ...commands.getPermissions,
    examples: [
      { title: 'Everything', params: { id: 1 } },
      { title: 'What a user would see', user: 'auser', params: { workspace: 'auser:genomes' } },
    ],
  },
  method: {
    name: 'Workspace.get_permissions',
    summary: 'Show who may do what with a workspace, as far as the caller sees it.',
    auth: 'optional',
    ...methods.get_permissions,
    deprecated: 'get_permissions_mass',
  },
  run: get,
});
