import { commands } from '../../schemas/generated.ts';
import { getPermissionsMass as get } from '../../workspaces/permissions.ts';
import { command } from '../command.ts';

export const getPermissionsMass = command({
  name: 'getPermissionsMass',
  summary: 'Show who may do what with up to 1,000 workspaces.',
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'tolerant',
  className: 'GetPermissionsMassParams',
  params: commands.getPermissionsMass.params,
  result: commands.getPermissionsMass.result,
  examples: [
    { title: 'Of two workspaces', params: { workspaces: [{ id: 1 }, { workspace: 'auser:genomes' }] } },
    { title: 'As far as they can be shown', params: { workspaces: [{ id: 1 }, { id: 2 }], ignoreErrors: 1 } },
  ],
  run: ({ reader, rooms, authority }, params) => get(reader, rooms.people, authority, params),
});
