import { commands } from '../../base/schemas/generated.ts';
import { createStaff as create } from '../../identity/staff.ts';
import { operation } from '../operation.ts';

export const createStaff = operation({
  summary: 'Make an account of staff, which may write only to what it owns.',
  effect: 'write',
  needs: ['rules'],
  command: {
    name: 'createStaff',
    notRevertible: 'credentials are never reverted',
    reserved: true,
    scope: 'iiif',
    ...commands.createStaff,
    examples: [
      {
        title: 'An account of staff',
        params: { username: 'cataloguer', email: 'cataloguer@example.org', password: 'correct horse battery staple' },
      },
    ],
    run: ({ tx, rules, actor }, account) => create(tx, { rules, actor }, { ...account, admin: false }),
  },
});
