import { dialects } from '../../base/schemas/generated.ts';
import { createObject } from '../../domain/systems/gnode/object.ts';
import { operation } from '../operation.ts';

export const createGnodeObject = operation({
  summary: 'Make an object of the caller, below what the caller may write to.',
  effect: 'write',
  needs: ['people'],
  method: {
    name: 'Gnode.create_object',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Gnode_create_object.params,
    result: dialects.Gnode_create_object.result,
    run: createObject,
  },
});
