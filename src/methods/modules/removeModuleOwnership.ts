import { asUser } from '../../access/actingAs.ts';
import { removeModuleOwnership as remove } from '../../modules/owners.ts';
import { commands } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const removeModuleOwnership = method({
  name: 'Workspace.remove_module_ownership',
  summary: 'Take the ownership of a module of the caller from a user.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  delegated: true,
  params: commands.removeModuleOwnership.params,
  className: 'RemoveModuleOwnershipParams',
  run: ({ tx, caller }, params) => remove(tx, asUser(caller), params),
});
