import { commands, methods } from '../../base/schemas/generated.ts';
import { getItem } from '../../domain/systems/catalog/item.ts';
import { operation } from '../operation.ts';

export const getCatalogItem = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'getCatalogItem',
    summary: "Show an item of Oracle's catalog.",
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'closed',
    params: commands.getCatalogItem.params,
    result: commands.getCatalogItem.result,
    examples: [{ title: 'A workbook', params: { type: 'workbooks' as const, id: '/@Catalog/shared/Sales/Q4' } }],
  },
  method: {
    name: 'Catalog.get_item',
    summary: "Show an item of Oracle's catalog that the caller may read.",
    auth: 'required',
    returnsValue: true,
    params: methods.Catalog_get_item.params,
    result: methods.Catalog_get_item.result,
  },
  run: getItem,
});
