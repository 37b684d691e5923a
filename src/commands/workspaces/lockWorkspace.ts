import { commands } from '../../schemas/generated.ts';
import { lockWorkspace as lock } from '../../workspaces/lock.ts';
import { command } from '../command.ts';

export const lockWorkspace = command({
  name: 'lockWorkspace',
  summary: 'Lock a workspace: what is in it stays as it is.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'WorkspaceIdentity',
  params: commands.lockWorkspace.params,
  result: commands.lockWorkspace.result,
  examples: [{ title: 'By id', params: { id: 1 } }],
  run: ({ tx, rooms, authority }, params) => lock(tx, rooms.people, authority, params),
});
