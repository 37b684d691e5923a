import { commands } from '../../base/schemas/generated.ts';
import { listAdmins as list } from '../../identity/admins.ts';
import { operation } from '../operation.ts';

export const listAdmins = operation({
  summary: 'List the administrators: their names or, with `detail`, their roles, limits and origin.',
  effect: 'read',
  needs: ['rules', 'adminNames'],
  command: {
    name: 'listAdmins',
    takes: 'extension',
    ...commands.listAdmins,
    examples: [{ title: 'With roles, limits and origin', params: { detail: true } }],
    run: async ({ reader, rules, adminNames, now }, { detail }) =>
      detail ? list(reader, rules, now) : adminNames.list(now),
  },
});
