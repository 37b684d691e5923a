import { commands } from '../../schemas/generated.ts';
import { unlockWorkspace as unlock } from '../../workspaces/lock.ts';
import { command } from '../command.ts';

export const unlockWorkspace = command({
  name: 'unlockWorkspace',
  summary: 'Take the lock of a workspace away.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'WorkspaceIdentity',
  params: commands.unlockWorkspace.params,
  result: commands.unlockWorkspace.result,
  examples: [{ title: 'By id', params: { id: 1 } }],
  run: ({ tx, rooms, authority }, params) => unlock(tx, rooms.people, authority, params),
});
