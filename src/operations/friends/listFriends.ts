import { commands, methods } from '../../base/schemas/generated.ts';
import { listFriends as list } from '../../identity/friendship.ts';
import { USERS } from '../../identity/nameRules.ts';
import { one, resolveToShow } from '../../identity/resolver.ts';
import { operation } from '../operation.ts';

export const listFriends = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'listFriends',
    summary: 'List the friends of a user, and who of the two lets the other read.',
    user: 'target',
    ...commands.listFriends,
    examples: [{ title: 'Of one user', user: 'auser' }],
    run: async ({ reader, people, user }) => ({
      friends: await list(reader, people, (await one(resolveToShow(reader, [user], USERS))).user),
    }),
  },
  method: {
    name: 'Friend.list',
    summary: "List the caller's friends, and who of the two lets the other read.",
    auth: 'required',
    ...methods.Friend_list,
    run: async ({ reader, people, principal }) => ({
      friends: principal === undefined ? [] : await list(reader, people, principal),
    }),
  },
});
