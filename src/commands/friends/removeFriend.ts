import { knownUser, removeFriend as remove } from '../../identity/friendship.ts';
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
    await remove(tx, await knownUser(tx, user), await knownUser(tx, friend));
    return null;
  },
});
