import { addFriend as add } from '../../identity/friendship.ts';
import { USERS } from '../../identity/nameRules.ts';
import { one, resolveToGive } from '../../identity/resolver.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const addFriend = command({
  name: 'addFriend',
  summary: 'Make two users friends, so that each may read the friendly things of the other.',
  effect: 'write',
  lane: 'roster',
  user: 'target',
  order: 'userFirst',
  takes: 'closed',
  params: commands.addFriend.params,
  result: commands.addFriend.result,
  examples: [{ title: 'Friends', user: 'auser', params: { friend: 'buser' } }],
  run: async ({ tx, user }, { friend: name }) => {
    const { user: of } = await one(resolveToGive(tx, [user], USERS));
    const { user: friend } = await one(resolveToGive(tx, [name], USERS));
    return add(tx, of, friend, [of, friend]);
  },
});
