import { dialects } from '../../base/schemas/generated.ts';
import { getObject } from '../../domain/systems/gnode/object.ts';
import { operation } from '../operation.ts';

export const getGnodeObject = operation({
  summary: 'Show an object that the caller may read, as the portal shows it.',
  effect: 'read',
  method: {
    name: 'Gnode.get_object',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Gnode_get_object.params,
    result: dialects.Gnode_get_object.result,
    run: async ({ reader, authority }, params) => getObject(reader, authority, params),
  },
});
