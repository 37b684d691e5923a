import { commands } from '../../base/schemas/generated.ts';
import { addRoleMembers as add } from '../../identity/roleMembers.ts';
import { operation } from '../operation.ts';

export const addRoleMembers = operation({
  summary: 'Add users to a role, which gives them its rights.',
  effect: 'write',
  lane: 'roster',
  command: {
    name: 'addRoleMembers',
    ...commands.addRoleMembers,
    examples: [{ title: 'One more', params: { name: 'curators', members: ['cuser'] } }],
    run: async ({ tx, privileges }, { name, members }) => {
      const role = await add(tx, name, members);
      await privileges.assertMayChangeRole(role.name);
      return role;
    },
  },
});
