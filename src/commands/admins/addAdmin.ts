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
  takes: 'closed',
  params: commands.addAdmin.params,
  result: commands.addAdmin.result,
  examples: [
    { title: 'A full administrator', user: 'lolcats' },
    {
      title: 'A service that lists users, until the end of the year',
      user: 'portal',
      params: { commands: ['listUsers'], expires: '2099-12-31T23:59:59Z' },
    },
  ],
  run: async ({ tx, rooms, actor, user }, { expires, ...rights }) => {
    await add(tx, rooms, actor, user, { ...rights, ...(expires === undefined ? {} : { expires: new Date(expires) }) });
    return null;
  },
});
