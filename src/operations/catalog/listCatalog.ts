import { commands, methods } from '../../base/schemas/generated.ts';
import { listCatalog as list } from '../../domain/systems/catalog/list.ts';
import { operation } from '../operation.ts';

export const listCatalog = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'listCatalog',
    summary: "List the items of Oracle's catalog, or those that a search finds, a page at a time.",
    ...commands.listCatalog,
    examples: [{ title: 'Workbooks', params: { type: 'workbooks', search: 'sales' } }],
  },
  method: {
    name: 'Catalog.list_items',
    summary: "List the items of Oracle's catalog that the caller may read.",
    auth: 'required',
    ...methods.Catalog_list_items,
  },
  run: list,
});
