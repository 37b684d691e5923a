import { commands } from '../../base/schemas/generated.ts';
import { createStaff } from '../../identity/staff.ts';
import { operation } from '../operation.ts';

export const createAdmin = operation({
  summary: 'Make an account of staff that administers only what belongs to IIIF.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'createAdmin',
    notRevertible: 'credentials are never reverted',
    reserved: true,
    scope: 'iiif',
    bootstrap: true,
    ...commands.createAdmin,
    examples: [
      {
        title: 'An administrator of staff',
        params: { username: 'librarian', email: 'librarian@example.org', password: 'correct horse battery staple' },
      },
    ],
    run: ({ tx, rules, actor }, account) => createStaff(tx, { rules, actor }, { ...account, admin: true }),
  },
});
