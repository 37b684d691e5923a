import { getResource as get } from '../../resources/get.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getResource = method({
  name: 'Resource.get',
  summary: 'Show a resource that the caller may read.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.Resource_get.params,
  result: methods.Resource_get.result,
  run: async ({ database, people, authority }, params) => get(database, people, authority, params),
});
