import { removeFriend as remove } from '../../identity/friendship.ts';
import { USERS } from '../../identity/nameRules.ts';
import { one, resolveToTake } from '../../identity/resolver.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const removeFriend = command({
  name: 'removeFriend',
  summary: 'End the friendship of two users, for both of them.',
  effect: 'write',
  lane: 'roster',
  user: 'target',
  order: 'userFirst',
  takes: 'closed',
  params: commands.removeFriend.params,
  result: commands.removeFriend.result,
  examples: [{ title: 'No friends any more', user: 'auser', params: { friend: 'buser' } }],
  run: async ({ tx, user }, { friend }) => {
    const { user: of } = await one(resolveToTake(tx, [user], USERS));
    const { user: former } = await one(resolveToTake(tx, [friend], USERS));
    await remove(tx, of, former);
    return null;
  },
});
