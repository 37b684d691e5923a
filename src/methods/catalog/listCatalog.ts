import { listCatalog as list } from '../../catalog/list.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listCatalog = method({
  name: 'Catalog.list_items',
  summary: "The items of Oracle's catalog that the caller may read.",
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  params: methods.Catalog_list_items.params,
  result: methods.Catalog_list_items.result,
  run: async ({ database, people, authority }, params) => list(database, people, authority, params),
});
