import { commands } from '../../schemas/generated.ts';
import { listAllWorkspaces as list } from '../../workspaces/listAll.ts';
import { command } from '../command.ts';

export const listAllWorkspaces = command({
  name: 'listAllWorkspaces',
  summary: 'List every workspace, a page at a time.',
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  params: commands.listAllWorkspaces.params,
  result: commands.listAllWorkspaces.result,
  examples: [{ title: 'The deleted ones of a user', params: { owner: 'auser', state: 'deleted' } }],
  run: ({ reader, rooms }, params) => list(reader, rooms.people, params),
});
