import { updateCatalogAcl as update } from '../../catalog/acl.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const updateCatalogAcl = command({
  name: 'updateCatalogAcl',
  summary: "Change who may do what with an item of Oracle's catalog, in Oracle's words.",
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  params: commands.updateCatalogAcl.params,
  result: commands.updateCatalogAcl.result,
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
  run: ({ tx, rooms, authority }, params) => update(tx, rooms.people, authority, params),
});
