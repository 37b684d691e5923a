import { getItem } from '../../catalog/item.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const getCatalogItem = command({
  name: 'getCatalogItem',
  summary: "Show an item of Oracle's catalog.",
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  params: commands.getCatalogItem.params,
  result: commands.getCatalogItem.result,
  examples: [{ title: 'A workbook', params: { type: 'workbooks' as const, id: '/@Catalog/shared/Sales/Q4' } }],
  run: ({ reader, rooms, authority }, params) => getItem(reader, rooms.people, authority, params),
});
