import { commands, methods } from '../../base/schemas/generated.ts';
import { getItem } from '../../domain/systems/catalog/item.ts';
import { operation } from '../operation.ts';

export const getCatalogItem = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'getCatalogItem',
    summary: "Show an item of Oracle's catalog.",
    ...commands.getCatalogItem,
    examples: [{ title: 'A workbook', params: { type: 'workbooks' as const, id: '/@Catalog/shared/Sales/Q4' } }],
  },
  method: {
    name: 'Catalog.get_item',
    summary: "Show an item of Oracle's catalog that the caller may read.",
    auth: 'required',
    ...methods.Catalog_get_item,
  },
  run: getItem,
});
