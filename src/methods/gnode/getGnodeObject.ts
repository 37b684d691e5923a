import { getObject } from '../../gnode/object.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getGnodeObject = method({
  name: 'Gnode.get_object',
  summary: 'An object that the caller may read, as the portal shows it.',
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Gnode_get_object.params,
  result: dialects.Gnode_get_object.result,
  run: async ({ database, authority }, params) => getObject(database, authority, params),
});
