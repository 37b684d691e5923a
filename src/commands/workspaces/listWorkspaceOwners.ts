import { commands } from '../../schemas/generated.ts';
import { listWorkspaceOwners as list } from '../../workspaces/list.ts';
import { command } from '../command.ts';

export const listWorkspaceOwners = command({
  name: 'listWorkspaceOwners',
  summary: 'List the names of all who own a workspace.',
  effect: 'read',
  user: 'ignored',
  order: 'userFirst',
  takes: 'ignored',
  params: commands.listWorkspaceOwners.params,
  result: commands.listWorkspaceOwners.result,
  examples: [{ title: 'All owners' }],
  run: ({ reader, rooms }) => list(reader, rooms.people),
});
