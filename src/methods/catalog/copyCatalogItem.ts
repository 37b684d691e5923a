import { copyItem } from '../../catalog/copy.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const copyCatalogItem = method({
  name: 'Catalog.copy_item',
  summary: "Copy an item of Oracle's catalog that the caller may read, with all below it that the caller may read.",
  effect: 'write',
  lane: 'none',
  auth: 'required',
  returnsValue: true,
  params: methods.Catalog_copy_item.params,
  result: methods.Catalog_copy_item.result,
  run: async ({ tx, people, caller, authority }, params) =>
    copyItem({ tx, people, who: authority, maker: caller }, params),
});
