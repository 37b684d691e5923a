import { defined } from '../../base/defined.ts';
import { commands } from '../../base/schemas/generated.ts';
import { addAdmin as add } from '../../identity/admins.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Limits } from '../../identity/rank.ts';
import { operation } from '../operation.ts';

export const addAdmin = operation({
  summary: 'Make a user an administrator: a full one, or one limited by role, commands, users to act as, and expiry.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules', 'declaredCommands'],
  command: {
    name: 'addAdmin',
    reserved: true,
    user: 'target',
    ...commands.addAdmin,
    examples: [
      { title: 'A full administrator', user: 'lolcats' },
      {
        title: 'A service that lists users, until the end of the year',
        user: 'portal',
        params: { commands: ['listUsers'], expires: '2099-12-31T23:59:59Z' },
      },
    ],
    run: async ({ tx, rules, declaredCommands, actor, user, privileges }, { expires, ...rights }) => {
      const commands = new Set(declaredCommands.map(({ name }) => name));
      const until = defined({ expires: expires === undefined ? undefined : new Date(expires) });
      const mayGive = (receiver: Principal, limits: Limits) => privileges.assertMayGive(receiver, limits);
      await add(tx, { rules, actor, commands, mayGive }, { user, rights: { ...rights, ...until } });
      return null;
    },
  },
});
