import { dialects } from '../../base/schemas/generated.ts';
import { updateObject } from '../../domain/systems/gnode/object.ts';
import { operation } from '../operation.ts';

export const updateGnodeObject = operation({
  summary: 'Change what an object keeps of itself, where the caller may write to it.',
  effect: 'write',
  needs: ['people'],
  method: {
    name: 'Gnode.update_object',
    auth: 'required',
    returnsValue: true,
    dialectOnly: true,
    params: dialects.Gnode_update_object.params,
    result: dialects.Gnode_update_object.result,
    run: updateObject,
  },
});
