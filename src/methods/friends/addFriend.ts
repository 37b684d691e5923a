import { addFriend as add } from '../../identity/friendship.ts';
import { USERS } from '../../identity/nameRules.ts';
import { one, resolveToGive } from '../../identity/resolver.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const addFriend = method({
  name: 'Friend.add',
  summary: "Let another user read the caller's friendly things; they are friends once both have done so.",
  effect: 'write',
  auth: 'required',
  lane: 'roster',
  returnsValue: true,
  params: methods.Friend_add.params,
  result: methods.Friend_add.result,
  run: async ({ tx, caller }, { friend }) =>
    add(tx, caller, (await one(resolveToGive(tx, [friend], USERS))).user, [caller]),
});
