import { commands } from '../../base/schemas/generated.ts';
import { disableUser as disable } from '../../identity/directory.ts';
import { operation } from '../operation.ts';

export const disableUser = operation({
  summary: 'Cut a user off at once; what it owns stays its own.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'disableUser',
    user: 'target',
    order: 'userFirst',
    takes: 'closed',
    params: commands.disableUser.params,
    result: commands.disableUser.result,
    examples: [{ title: 'Cut an account off for now', user: 'lolcats' }],
    run: ({ tx, rules, actor, user }) => disable(tx, { rules, actor }, user),
  },
});
