import { commands, methods } from '../../base/schemas/generated.ts';
import { removeFriend as remove } from '../../identity/friendship.ts';
import { USERS } from '../../identity/nameRules.ts';
import { one, resolveToTake } from '../../identity/resolver.ts';
import { operation } from '../operation.ts';

export const removeFriend = operation({
  effect: 'write',
  lane: 'roster',
  command: {
    name: 'removeFriend',
    summary: 'End the friendship of two users.',
    user: 'target',
    ...commands.removeFriend,
    examples: [{ title: 'End a friendship', user: 'auser', params: { friend: 'buser' } }],
    run: async ({ tx, user }, { friend }) => {
      const { user: of } = await one(resolveToTake(tx, [user], USERS));
      const { user: former } = await one(resolveToTake(tx, [friend], USERS));
      await remove(tx, of, former);
      return null;
    },
  },
  method: {
    name: 'Friend.remove',
    summary: 'End a friendship of the caller.',
    auth: 'required',
    returnsValue: false,
    ...methods.Friend_remove,
    run: async ({ tx, principal }, { friend }) => {
      await remove(tx, principal, (await one(resolveToTake(tx, [friend], USERS))).user);
      return null;
    },
  },
});
