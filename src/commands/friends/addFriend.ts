import { addFriend as add, livingUser } from '../../identity/friendship.ts';
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
    const [one, other] = [await livingUser(tx, user), await livingUser(tx, name)];
    return add(tx, one, other, [one, other]);
  },
});
