import { commands, methods } from '../../base/schemas/generated.ts';
import { getCatalogAcl as get } from '../../domain/systems/catalog/acl.ts';
import { operation } from '../operation.ts';

export const getCatalogAcl = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'getCatalogAcl',
    summary: "Show who was granted what on an item of Oracle's catalog, in Oracle's words.",
    ...commands.getCatalogAcl,
    examples: [{ title: 'Of a workbook', params: { type: 'workbooks' as const, id: '/@Catalog/shared/Sales/Q4' } }],
  },
  method: {
    name: 'Catalog.get_acl',
    summary: "Show who was granted what on an item of Oracle's catalog that the caller may share.",
    auth: 'required',
    ...methods.Catalog_get_acl,
  },
  run: get,
});
