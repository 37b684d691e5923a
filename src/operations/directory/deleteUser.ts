import { commands } from '../../base/schemas/generated.ts';
import { leftBehind } from '../../domain/ownership/leftBehind.ts';
import { deleteUser as remove } from '../../identity/directory.ts';
import { operation } from '../operation.ts';

export const deleteUser = operation({
  summary: "Close a user's account for ever and free their name.",
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'deleteUser',
    confirm: { typed: 'user' },
    user: 'target',
    ...commands.deleteUser,
    examples: [{ title: 'Close an account', user: 'lolcats' }],
    run: async ({ tx, rules, actor, user }) => {
      const closed = await remove(tx, { rules, actor }, user);
      for (const left of await leftBehind(tx, { id: closed.id, name: closed.user })) tx.remark(left);
      return closed;
    },
  },
});
