import { commands } from '../../base/schemas/generated.ts';
import { disableUser as disable } from '../../identity/directory.ts';
import { operation } from '../operation.ts';

export const disableUser = operation({
  summary: 'Disable a user at once, and end their sessions; they keep what they own.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'disableUser',
    user: 'target',
    ...commands.disableUser,
    examples: [{ title: 'Disable an account for now', user: 'lolcats' }],
    run: ({ tx, rules, actor, user }) => disable(tx, { rules, actor }, user),
  },
});
