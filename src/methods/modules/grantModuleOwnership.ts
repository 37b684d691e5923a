import { grantModuleOwnership as grant } from '../../modules/owners.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const grantModuleOwnership = method({
  name: 'Workspace.grant_module_ownership',
  summary: 'Make a user an owner of a module of the caller.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  delegated: true,
  params: methods.grant_module_ownership.params,
  className: 'GrantModuleOwnershipParams',
  result: methods.grant_module_ownership.result,
  run: async ({ tx, people, authority }, params) => grant(tx, people, authority, params),
});
