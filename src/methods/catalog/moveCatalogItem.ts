import { moveItem } from '../../catalog/move.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const moveCatalogItem = method({
  name: 'Catalog.move_item',
  summary: "Move an item of Oracle's catalog that the caller may write to, with all below it.",
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.Catalog_move_item.params,
  result: methods.Catalog_move_item.result,
  run: async ({ tx, people, caller, authority }, params) =>
    moveItem({ tx, people, who: authority, maker: caller }, params),
});
