import { addUser as add } from '../../identity/directory.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const addUser = command({
  name: 'addUser',
  summary: 'Make a user known before the first sign-in, by name or by the subject of its tokens.',
  effect: 'write',
  user: 'target',
  order: 'userFirst',
  takes: 'closed',
  params: commands.addUser.params,
  result: commands.addUser.result,
  examples: [{ title: 'A service account', user: 'portal', params: { kind: 'service', email: 'portal@example.org' } }],
  run: ({ tx, rooms, actor, user }, more) =>
    add(tx, { rules: rooms.rules, actor }, { ...more, user, issuer: rooms.issuer }),
});
