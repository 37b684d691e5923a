import { commands } from '../../schemas/generated.ts';
import { getPermissions as get } from '../../workspaces/permissions.ts';
import { command } from '../command.ts';

export const getPermissions = command({
  name: 'getPermissions',
  summary: 'Show who may do what with a workspace: everything, or what a user would see.',
  effect: 'read',
  user: 'optionalSubject',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'WorkspaceIdentity',
  params: commands.getPermissions.params,
  result: commands.getPermissions.result,
  examples: [
    { title: 'Everything', params: { id: 1 } },
    { title: 'What a user would see', user: 'auser', params: { workspace: 'auser:genomes' } },
  ],
  run: async ({ reader, rooms: { people }, authority }, params) => get(reader, people, authority, params),
});
