import { commands, methods } from '../../base/schemas/generated.ts';
import { removeModuleOwnership as remove } from '../../domain/modules/owners.ts';
import { operation } from '../operation.ts';

export const removeModuleOwnership = operation({
  effect: 'write',
  className: 'RemoveModuleOwnershipParams',
  delegated: true,
  command: {
    name: 'removeModuleOwnership',
    summary: 'Take the ownership of a module of types from a user.',
    takes: 'struct',
    ...commands.removeModuleOwnership,
    examples: [{ title: 'A user who left', params: { mod: 'KBaseGenomes', old_owner: 'auser' } }],
  },
  method: {
    name: 'Workspace.remove_module_ownership',
    summary: 'Take the ownership of a module of the caller from a user.',
    auth: 'required',
    returnsValue: false,
    ...methods.remove_module_ownership,
  },
  run: async ({ tx, authority }, params) => {
    await remove(tx, authority, params);
    return null;
  },
});
