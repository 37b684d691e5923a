import { listObjects } from '../../gnode/list.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listGnodeObjects = method({
  name: 'Gnode.list_objects',
  summary: 'The objects of a type that the caller may read, as the portal shows them.',
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Gnode_list_objects.params,
  result: dialects.Gnode_list_objects.result,
  run: async ({ database, authority }, params) => listObjects(database, authority, params),
});
