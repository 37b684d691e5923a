import { commands, methods } from '../../base/schemas/generated.ts';
import { addFriend as add } from '../../identity/friendship.ts';
import { USERS } from '../../identity/nameRules.ts';
import { one, resolveToGive } from '../../identity/resolver.ts';
import { operation } from '../operation.ts';

export const addFriend = operation({
  effect: 'write',
  lane: 'roster',
  command: {
    name: 'addFriend',
    summary: "Make two users friends, so that each may read the other's friendly resources.",
    user: 'target',
    ...commands.addFriend,
    examples: [{ title: 'Friends', user: 'auser', params: { friend: 'buser' } }],
    run: async ({ tx, user }, { friend: name }) => {
      const { user: of } = await one(resolveToGive(tx, [user], USERS));
      const { user: friend } = await one(resolveToGive(tx, [name], USERS));
      return add(tx, { user: of, friend, agreeing: [of, friend] });
    },
  },
  method: {
    name: 'Friend.add',
    summary: "Let another user read the caller's friendly resources; they are friends once both have done so.",
    auth: 'required',
    ...methods.Friend_add,
    run: async ({ tx, principal }, { friend: name }) => {
      const { user: friend } = await one(resolveToGive(tx, [name], USERS));
      return add(tx, { user: principal, friend, agreeing: [principal] });
    },
  },
});
