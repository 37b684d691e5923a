import { commands } from '../../base/schemas/generated.ts';
import { listUsers as list } from '../../identity/userList.ts';
import { operation } from '../operation.ts';

export const listUsers = operation({
  summary: 'List the users of the directory by name, a page at a time, or show one of them.',
  effect: 'read',
  command: {
    name: 'listUsers',
    ...commands.listUsers,
    examples: [
      { title: 'The services', params: { kind: 'service' } },
      { title: 'One user', params: { name: 'lolcats' } },
    ],
    run: ({ reader }, query) => list(reader, query),
  },
});
