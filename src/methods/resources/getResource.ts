import { asCaller } from '../../access/actingAs.ts';
import { getResource as get } from '../../resources/get.ts';
import { commands } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getResource = method({
  name: 'Resource.get',
  summary: 'Show a resource that the caller may read.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: commands.getResource.params,
  result: commands.getResource.result,
  run: async ({ database, people, caller }, params) => get(database, people, await asCaller(people, caller), params),
});
