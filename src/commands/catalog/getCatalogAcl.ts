import { getCatalogAcl as get } from '../../catalog/acl.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const getCatalogAcl = command({
  name: 'getCatalogAcl',
  summary: "Show who was granted what on an item of Oracle's catalog, in Oracle's words.",
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  params: commands.getCatalogAcl.params,
  result: commands.getCatalogAcl.result,
  examples: [{ title: 'Of a workbook', params: { type: 'workbooks' as const, id: '/@Catalog/shared/Sales/Q4' } }],
  run: ({ reader, rooms, authority }, params) => get(reader, rooms.people, authority, params),
});
