import { commands } from '../../base/schemas/generated.ts';
import { deleteUser as remove } from '../../identity/directory.ts';
import { operation } from '../operation.ts';

export const deleteUser = operation({
  summary: "Close a user's account for ever and free their name.",
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'deleteUser',
    user: 'target',
    ...commands.deleteUser,
    examples: [{ title: 'Close an account', user: 'lolcats' }],
    run: ({ tx, rules, actor, user }) => remove(tx, { rules, actor }, user),
  },
});
