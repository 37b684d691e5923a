import { commands, methods } from '../../base/schemas/generated.ts';
import { updateCatalogAcl as update } from '../../domain/systems/catalog/acl.ts';
import { operation } from '../operation.ts';

export const updateCatalogAcl = operation({
  effect: 'write',
  needs: ['people'],
  command: {
    name: 'updateCatalogAcl',
    summary: "Change who may do what with an item of Oracle's catalog, in Oracle's words.",
    ...commands.updateCatalogAcl,
    examples: [
      {
        title: 'Let a role read a folder and all in it',
        params: {
          type: 'folders' as const,
          id: '/@Catalog/shared/Sales',
          aclList: [{ accountGuid: 'Sales', accountType: 'ApplicationRole' as const, permissions: { read: true } }],
          updateMode: 'ReplaceMatchingAccounts' as const,
          recursive: true,
        },
      },
    ],
  },
  method: {
    name: 'Catalog.update_acl',
    summary: "Change who may do what with an item of Oracle's catalog that the caller may share.",
    auth: 'required',
    ...methods.Catalog_update_acl,
  },
  run: update,
});
