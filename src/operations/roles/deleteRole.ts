import { commands } from '../../base/schemas/generated.ts';
import { deleteRole as remove } from '../../domain/resources/deleteRole.ts';
import { operation } from '../operation.ts';

export const deleteRole = operation({
  summary: 'Delete a role that owns nothing.',
  effect: 'write',
  lane: 'roster',
  command: {
    name: 'deleteRole',
    ...commands.deleteRole,
    examples: [{ title: 'Delete it', params: { name: 'curators' } }],
    run: async ({ tx, privileges }, { name }) => {
      const role = await remove(tx, name);
      await privileges.assertMayChangeRole(role.name.replace(/~[0-9a-f]{8}$/, ''));
      return role;
    },
  },
});
