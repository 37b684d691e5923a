import { renameUser as rename } from '../../identity/directory.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const renameUser = command({
  name: 'renameUser',
  summary: 'Give a user another name; rights stay with the user.',
  effect: 'write',
  lane: 'roster',
  user: 'target',
  order: 'userFirst',
  takes: 'closed',
  params: commands.renameUser.params,
  result: commands.renameUser.result,
  examples: [{ title: 'A new name', user: 'lolcats', params: { newName: 'morelolcats' } }],
  run: ({ tx, rooms, actor, user }, { newName }) => rename(tx, { rules: rooms.rules, actor }, { user, newName }),
});
