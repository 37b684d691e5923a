import { createStaff as create } from '../../identity/staff.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const createStaff = command({
  name: 'createStaff',
  summary: 'Make an account of staff, which writes what it owns and nothing else.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  scope: 'iiif',
  params: commands.createStaff.params,
  result: commands.createStaff.result,
  examples: [
    {
      title: 'An account of staff',
      params: { username: 'cataloguer', email: 'cataloguer@example.org', password: 'correct horse battery staple' },
    },
  ],
  run: ({ tx, rooms, actor }, account) => create(tx, { rules: rooms.rules, actor }, { ...account, admin: false }),
});
