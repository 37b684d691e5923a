import { listAdmins as list } from '../../identity/admins.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const listAdmins = command({
  name: 'listAdmins',
  summary: 'List the administrators: their names or, with `detail`, their roles, limits and origin.',
  effect: 'read',
  user: 'ignored',
  order: 'userFirst',
  takes: 'extension',
  params: commands.listAdmins.params,
  result: commands.listAdmins.result,
  examples: [{ title: 'With roles, limits and origin', params: { detail: true } }],
  run: async ({ reader, rooms, now }, { detail }) =>
    detail ? list(reader, rooms.rules, now) : rooms.adminNames.list(now),
});
