import { listFriends as list } from '../../identity/friendship.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listFriends = method({
  name: 'Friend.list',
  summary: "List the caller's friends, and who of the two lets the other read.",
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  params: methods.Friend_list.params,
  result: methods.Friend_list.result,
  run: async ({ database, people, caller }) => ({
    friends: caller === undefined ? [] : await list(database, people, caller),
  }),
});
