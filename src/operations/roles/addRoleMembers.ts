import { commands } from '../../base/schemas/generated.ts';
import { addRoleMembers as add } from '../../identity/roleMembers.ts';
import { operation } from '../operation.ts';

export const addRoleMembers = operation({
  summary: 'Add users to a role, which gives them its rights, for ever or until an instant.',
  effect: 'write',
  lane: 'roster',
  command: {
    name: 'addRoleMembers',
    ...commands.addRoleMembers,
    examples: [
      { title: 'One more', params: { name: 'curators', members: ['cuser'] } },
      {
        title: 'For the time of a project',
        params: { name: 'curators', members: ['cuser'], expires: '2099-12-31T23:59:59Z' },
      },
    ],
    run: async ({ tx, privileges }, params) => {
      const role = await add(tx, params);
      await privileges.assertMayChangeRole(role.name);
      return role;
    },
  },
});
