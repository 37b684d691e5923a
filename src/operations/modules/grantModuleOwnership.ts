import { commands, methods } from '../../base/schemas/generated.ts';
import { grantModuleOwnership as grant } from '../../domain/modules/owners.ts';
import { operation } from '../operation.ts';

export const grantModuleOwnership = operation({
  effect: 'write',
  className: 'GrantModuleOwnershipParams',
  delegated: true,
  needs: ['people'],
  command: {
    name: 'grantModuleOwnership',
    summary: 'Make a user an owner of a module of types.',
    takes: 'struct',
    ...commands.grantModuleOwnership,
    examples: [
      {
        title: 'An owner who may make others owners',
        params: { mod: 'KBaseGenomes', new_owner: 'auser', with_grant_option: 1 },
      },
    ],
  },
  method: {
    name: 'Workspace.grant_module_ownership',
    summary: 'Make a user an owner of a module of the caller.',
    auth: 'required',
    returnsValue: false,
    ...methods.grant_module_ownership,
  },
  run: async ({ tx, people, authority }, params) => {
    await grant({ tx, people, authority }, params);
    return null;
  },
});
