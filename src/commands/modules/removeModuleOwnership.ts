import { removeModuleOwnership as remove } from '../../modules/owners.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const removeModuleOwnership = command({
  name: 'removeModuleOwnership',
  summary: 'Take the ownership of a module of types from a user.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'RemoveModuleOwnershipParams',
  delegated: true,
  params: commands.removeModuleOwnership.params,
  result: commands.removeModuleOwnership.result,
  examples: [{ title: 'A leaver', params: { mod: 'KBaseGenomes', old_owner: 'auser' } }],
  run: async ({ tx, authority }, params) => {
    await remove(tx, authority, params);
    return null;
  },
});
