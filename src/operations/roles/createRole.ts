import { commands } from '../../base/schemas/generated.ts';
import { createRole as create } from '../../identity/roleMembers.ts';
import { operation } from '../operation.ts';

export const createRole = operation({
  summary: 'Make an application role, which can be given rights and own catalog items.',
  effect: 'write',
  lane: 'roster',
  command: {
    name: 'createRole',
    ...commands.createRole,
    examples: [
      { title: 'With two members', params: { name: 'curators', members: ['auser', 'buser'] } },
      {
        title: 'With a member for the time of a project',
        params: { name: 'curators', members: ['cuser'], expires: '2099-12-31T23:59:59Z' },
      },
    ],
    run: async ({ tx, privileges }, params) => {
      const role = await create(tx, params);
      await privileges.assertMayChangeRole(role.name);
      return role;
    },
  },
});
