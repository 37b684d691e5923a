import { getItem } from '../../catalog/item.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getCatalogItem = method({
  name: 'Catalog.get_item',
  summary: "The item of Oracle's catalog that the caller may read.",
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  params: methods.Catalog_get_item.params,
  result: methods.Catalog_get_item.result,
  run: async ({ database, people, authority }, params) => getItem(database, people, authority, params),
});
