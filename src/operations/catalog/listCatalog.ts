import { commands, methods } from '../../base/schemas/generated.ts';
import { listCatalog as list } from '../../domain/systems/catalog/list.ts';
import { operation } from '../operation.ts';

export const listCatalog = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'listCatalog',
    summary: "List the items of Oracle's catalog, or those that a search finds, a page at a time.",
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'closed',
    params: commands.listCatalog.params,
    result: commands.listCatalog.result,
    examples: [{ title: 'Workbooks', params: { type: 'workbooks', search: 'sales' } }],
  },
  method: {
    name: 'Catalog.list_items',
    summary: "List the items of Oracle's catalog that the caller may read.",
    auth: 'required',
    returnsValue: true,
    params: methods.Catalog_list_items.params,
    result: methods.Catalog_list_items.result,
  },
  run: list,
});
