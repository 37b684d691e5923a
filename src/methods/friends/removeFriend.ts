import { removeFriend as remove } from '../../identity/friendship.ts';
import { USERS } from '../../identity/nameRules.ts';
import { one, resolveToTake } from '../../identity/resolver.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const removeFriend = method({
  name: 'Friend.remove',
  summary: 'End a friendship of the caller, for both sides.',
  effect: 'write',
  auth: 'required',
  lane: 'roster',
  returnsValue: false,
  params: methods.Friend_remove.params,
  result: methods.Friend_remove.result,
  run: async ({ tx, caller }, { friend }) => {
    await remove(tx, caller, (await one(resolveToTake(tx, [friend], USERS))).user);
    return null;
  },
});
