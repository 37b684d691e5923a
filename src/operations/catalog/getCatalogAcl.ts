import { commands, methods } from '../../base/schemas/generated.ts';
import { getCatalogAcl as get } from '../../domain/systems/catalog/acl.ts';
import { operation } from '../operation.ts';

export const getCatalogAcl = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'getCatalogAcl',
    summary: "Show who was granted what on an item of Oracle's catalog, in Oracle's words.",
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'closed',
    params: commands.getCatalogAcl.params,
    result: commands.getCatalogAcl.result,
    examples: [{ title: 'Of a workbook', params: { type: 'workbooks' as const, id: '/@Catalog/shared/Sales/Q4' } }],
  },
  method: {
    name: 'Catalog.get_acl',
    summary: "Show who was granted what on an item of Oracle's catalog that the caller may share.",
    auth: 'required',
    returnsValue: true,
    params: methods.Catalog_get_acl.params,
    result: methods.Catalog_get_acl.result,
  },
  run: get,
});
