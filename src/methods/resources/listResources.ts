import { asCaller } from '../../access/actingAs.ts';
import { listResources as list } from '../../resources/list.ts';
import { commands } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listResources = method({
  name: 'Resource.list',
  summary: 'List the resources that the caller may read.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: commands.listResources.params,
  result: commands.listResources.result,
  run: async ({ database, people, caller }, query) => list(database, people, await asCaller(people, caller), query),
});
