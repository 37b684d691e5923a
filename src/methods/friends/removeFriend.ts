import { knownUser, removeFriend as remove } from '../../identity/friendship.ts';
import { commands } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const removeFriend = method({
  name: 'Friend.remove',
  summary: 'End a friendship of the caller, for both sides.',
  effect: 'write',
  auth: 'required',
  lane: 'roster',
  returnsValue: false,
  params: commands.removeFriend.params,
  run: async ({ tx, caller }, { friend }) => {
    await remove(tx, caller, await knownUser(tx, friend));
    return null;
  },
});
