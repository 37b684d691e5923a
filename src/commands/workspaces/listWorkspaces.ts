import { commands } from '../../schemas/generated.ts';
import { listWorkspaces as list } from '../../workspaces/list.ts';
import { command } from '../command.ts';

export const listWorkspaces = command({
  name: 'listWorkspaces',
  summary: 'List the workspaces that a user sees.',
  effect: 'read',
  user: 'subject',
  order: 'userFirst',
  takes: 'struct',
  className: 'ListWorkspaceInfoParams',
  params: commands.listWorkspaces.params,
  result: commands.listWorkspaces.result,
  examples: [{ title: 'Those the user may write to', user: 'auser', params: { perm: 'w', excludeGlobal: 1 } }],
  run: ({ reader, rooms, authority }, params) => list(reader, rooms.people, authority, params),
});
