import { commands } from '../../base/schemas/generated.ts';
import { removeAdmin as remove } from '../../identity/admins.ts';
import { operation } from '../operation.ts';

export const removeAdmin = operation({
  summary: 'Remove a user from the administrators.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'removeAdmin',
    confirm: {},
    reserved: true,
    user: 'target',
    takes: 'ignored',
    ...commands.removeAdmin,
    examples: [{ title: 'Back to an ordinary user', user: 'lolcats' }],
    run: async ({ tx, rules, actor, user }) => {
      await remove(tx, { rules, actor }, user);
      return null;
    },
  },
});
