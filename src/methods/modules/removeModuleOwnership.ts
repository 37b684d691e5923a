import { removeModuleOwnership as remove } from '../../modules/owners.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const removeModuleOwnership = method({
  name: 'Workspace.remove_module_ownership',
  summary: 'Take the ownership of a module of the caller from a user.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  delegated: true,
  params: methods.remove_module_ownership.params,
  className: 'RemoveModuleOwnershipParams',
  result: methods.remove_module_ownership.result,
  run: async ({ tx, authority }, params) => remove(tx, authority, params),
});
