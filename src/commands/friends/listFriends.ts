import { listFriends as list } from '../../identity/friendship.ts';
import { USERS } from '../../identity/nameRules.ts';
import { one, resolveToShow } from '../../identity/resolver.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const listFriends = command({
  name: 'listFriends',
  summary: 'List the friends of a user, and who of the two lets the other read.',
  effect: 'read',
  user: 'target',
  order: 'userFirst',
  takes: 'closed',
  params: commands.listFriends.params,
  result: commands.listFriends.result,
  examples: [{ title: 'Of one user', user: 'auser' }],
  run: async ({ reader, rooms, user }) => ({
    friends: await list(reader, rooms.people, (await one(resolveToShow(reader, [user], USERS))).user),
  }),
});
