import { dialects } from '../../base/schemas/generated.ts';
import { listObjects } from '../../domain/systems/gnode/list.ts';
import { operation } from '../operation.ts';

export const listGnodeObjects = operation({
  summary: 'List the objects of a type that the caller may read, as the portal shows them.',
  effect: 'read',
  method: {
    name: 'Gnode.list_objects',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Gnode_list_objects.params,
    result: dialects.Gnode_list_objects.result,
    run: async ({ reader, authority }, params) => listObjects(reader, authority, params),
  },
});
