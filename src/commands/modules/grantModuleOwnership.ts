import { grantModuleOwnership as grant } from '../../modules/owners.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const grantModuleOwnership = command({
  name: 'grantModuleOwnership',
  summary: 'Make a user an owner of a module of types.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'GrantModuleOwnershipParams',
  delegated: true,
  params: commands.grantModuleOwnership.params,
  result: commands.grantModuleOwnership.result,
  examples: [
    {
      title: 'Who may make others owners too',
      params: { mod: 'KBaseGenomes', new_owner: 'auser', with_grant_option: 1 },
    },
  ],
  run: async ({ tx, rooms, authority }, params) => {
    await grant(tx, rooms.people, authority, params);
    return null;
  },
});
