import { removeAdmin as remove } from '../../identity/admins.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const removeAdmin = command({
  name: 'removeAdmin',
  summary: 'Take the administrator right of a user away.',
  effect: 'write',
  lane: 'roster',
  user: 'target',
  order: 'userFirst',
  takes: 'ignored',
  params: commands.removeAdmin.params,
  result: commands.removeAdmin.result,
  examples: [{ title: 'Back to an ordinary user', user: 'lolcats' }],
  run: async ({ tx, rooms, actor, user }) => {
    await remove(tx, rooms.rules, actor, user);
    return null;
  },
});
