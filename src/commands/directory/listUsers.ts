import { listUsers as list } from '../../identity/userList.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const listUsers = command({
  name: 'listUsers',
  summary: 'List the users of the directory by name, a page at a time.',
  effect: 'read',
  user: 'ignored',
  order: 'userFirst',
  takes: 'closed',
  params: commands.listUsers.params,
  result: commands.listUsers.result,
  examples: [{ title: 'The services', params: { kind: 'service' } }],
  run: ({ reader }, query) => list(reader, query),
});
