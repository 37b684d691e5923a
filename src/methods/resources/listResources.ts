import { listResources as list } from '../../resources/list.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listResources = method({
  name: 'Resource.list',
  summary: 'List the resources that the caller may read.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.Resource_list.params,
  result: methods.Resource_list.result,
  run: async ({ database, people, authority }, query) => list(database, people, authority, query),
});
