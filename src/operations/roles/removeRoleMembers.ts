import { commands } from '../../base/schemas/generated.ts';
import { removeRoleMembers as remove } from '../../identity/roleMembers.ts';
import { operation } from '../operation.ts';

export const removeRoleMembers = operation({
  summary: 'Remove users from a role, and from the rights that it gives.',
  effect: 'write',
  lane: 'roster',
  command: {
    name: 'removeRoleMembers',
    ...commands.removeRoleMembers,
    examples: [{ title: 'One less', params: { name: 'curators', members: ['buser'] } }],
    run: async ({ tx, privileges }, { name, members }) => {
      const role = await remove(tx, name, members);
      await privileges.assertMayChangeRole(role.name);
      return role;
    },
  },
});
