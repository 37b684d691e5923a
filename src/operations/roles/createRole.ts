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
    examples: [{ title: 'With two members', params: { name: 'curators', members: ['auser', 'buser'] } }],
    run: async ({ tx, privileges }, { name, members }) => {
      const role = await create(tx, name, members ?? []);
      await privileges.assertMayChangeRole(role.name);
      return role;
    },
  },
});
