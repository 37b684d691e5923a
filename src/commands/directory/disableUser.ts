import { disableUser as disable } from '../../identity/directory.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const disableUser = command({
  name: 'disableUser',
  summary: 'Cut a user off at once; what it owns stays its own.',
  effect: 'write',
  lane: 'roster',
  user: 'target',
  order: 'userFirst',
  takes: 'closed',
  params: commands.disableUser.params,
  result: commands.disableUser.result,
  examples: [{ title: 'Cut an account off for now', user: 'lolcats' }],
  run: ({ tx, rooms, actor, user }) => disable(tx, { rules: rooms.rules, actor }, user),
});
