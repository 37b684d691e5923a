import { deleteUser as remove } from '../../identity/directory.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const deleteUser = command({
  name: 'deleteUser',
  summary: "Close a user's account for ever and free its name.",
  effect: 'write',
  lane: 'roster',
  user: 'target',
  order: 'userFirst',
  takes: 'closed',
  params: commands.deleteUser.params,
  result: commands.deleteUser.result,
  examples: [{ title: 'Close an account', user: 'lolcats' }],
  run: ({ tx, rooms, actor, user }) => remove(tx, { rules: rooms.rules, actor }, user),
});
