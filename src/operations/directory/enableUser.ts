import { commands } from '../../base/schemas/generated.ts';
import { enableUser as enable } from '../../identity/directory.ts';
import { operation } from '../operation.ts';

export const enableUser = operation({
  summary: 'Enable a disabled user.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'enableUser',
    user: 'target',
    ...commands.enableUser,
    examples: [{ title: 'Enable it again', user: 'lolcats' }],
    run: ({ tx, rules, actor, user }) => enable(tx, { rules, actor }, user),
  },
});
