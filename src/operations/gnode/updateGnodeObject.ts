import { dialects } from '../../base/schemas/generated.ts';
import { updateObject } from '../../domain/systems/gnode/object.ts';
import { operation } from '../operation.ts';

export const updateGnodeObject = operation({
  summary: 'Change the fields of an object that the caller may write to.',
  effect: 'write',
  needs: ['people'],
  method: {
    name: 'Gnode.update_object',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Gnode_update_object.params,
    result: dialects.Gnode_update_object.result,
    run: updateObject,
  },
});
