import { commands } from '../../base/schemas/generated.ts';
import { viewOf } from '../../identity/directory.ts';
import { setPassword as set } from '../../identity/setPassword.ts';
import { operation } from '../operation.ts';

export const setPassword = operation({
  summary: 'Give a user a password to log in with, and end all of their sessions and tokens.',
  effect: 'write',
  needs: ['rules'],
  command: {
    name: 'setPassword',
    notRevertible: 'credentials are never reverted',
    reserved: true,
    user: 'target',
    ...commands.setPassword,
    examples: [{ title: 'For the portal', user: 'lolcats', params: { password: 'correct horse battery staple' } }],
    run: async ({ tx, rules, actor, user }, { password }) =>
      viewOf(await set(tx, { rules, actor }, { user, password })),
  },
});
