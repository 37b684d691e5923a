import { listCatalog as list } from '../../catalog/list.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const listCatalog = command({
  name: 'listCatalog',
  summary: "List the items of Oracle's catalog, or those that a search finds, a page at a time.",
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  params: commands.listCatalog.params,
  result: commands.listCatalog.result,
  examples: [{ title: 'Workbooks', params: { type: 'workbooks', search: 'sales' } }],
  run: ({ reader, rooms, authority }, params) => list(reader, rooms.people, authority, params),
});
