import { addAdmin as add } from '../../identity/admins.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const addAdmin = command({
  name: 'addAdmin',
  summary: 'Make a user an administrator: a full one, or one limited by role, commands, users to act as, and expiry.',
  effect: 'write',
  lane: 'roster',
  user: 'target',
  order: 'userFirst',
  takes: 'extension',
  params: commands.addAdmin.params,
  result: commands.addAdmin.result,
  run: async ({ tx, rooms, actor, user }, { expires, ...rights }) => {
    await add(tx, rooms, actor, user, { ...rights, ...(expires === undefined ? {} : { expires: new Date(expires) }) });
    return null;
  },
});
