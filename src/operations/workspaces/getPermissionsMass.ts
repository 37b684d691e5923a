import { commands, methods } from '../../base/schemas/generated.ts';
import { getPermissionsMass as get } from '../../domain/workspaces/permissions.ts';
import { operation } from '../operation.ts';

export const getPermissionsMass = operation({
  effect: 'read',
  className: 'GetPermissionsMassParams',
  needs: ['people'],
  command: {
    name: 'getPermissionsMass',
    summary: 'Show who may do what with up to 1,000 workspaces.',
    takes: 'tolerant',
    ...commands.getPermissionsMass,
    examples: [
      { title: 'Of two workspaces', params: { workspaces: [{ id: 1 }, { workspace: 'auser:genomes' }] } },
      { title: 'As far as they can be shown', params: { workspaces: [{ id: 1 }, { id: 2 }], ignoreErrors: 1 } },
    ],
  },
  method: {
    name: 'Workspace.get_permissions_mass',
    summary: 'Show who may do what with up to 1,000 workspaces, as far as the caller sees it.',
    auth: 'optional',
    ...methods.get_permissions_mass,
  },
  run: get,
});
