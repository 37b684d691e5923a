import { enableUser as enable } from '../../identity/directory.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const enableUser = command({
  name: 'enableUser',
  summary: 'Let a disabled user in again.',
  effect: 'write',
  lane: 'roster',
  user: 'target',
  order: 'userFirst',
  takes: 'closed',
  params: commands.enableUser.params,
  result: commands.enableUser.result,
  examples: [{ title: 'Let it in again', user: 'lolcats' }],
  run: ({ tx, rooms, actor, user }) => enable(tx, { rules: rooms.rules, actor }, user),
});
