import { updateObject } from '../../gnode/object.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const updateGnodeObject = method({
  name: 'Gnode.update_object',
  summary: 'Change what an object keeps of itself, where the caller may write to it.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Gnode_update_object.params,
  result: dialects.Gnode_update_object.result,
  run: async ({ tx, people, authority }, params) => updateObject(tx, people, authority, params),
});
