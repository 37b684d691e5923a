import { commands, methods } from '../../base/schemas/generated.ts';
import { copyItem } from '../../domain/systems/catalog/copy.ts';
import { operation } from '../operation.ts';

export const copyCatalogItem = operation({
  effect: 'write',
  lane: 'none',
  needs: ['people'],
  command: {
    name: 'copyCatalogItem',
    summary: "Copy an item of Oracle's catalog, with all below it.",
    ...commands.copyCatalogItem,
    examples: [
      {
        title: 'Into another folder',
        params: {
          type: 'workbooks' as const,
          id: '/@Catalog/users/ann/Q3',
          destParentId: '/@Catalog/shared/Sales',
          createIntermediateFolders: true,
        },
      },
    ],
  },
  method: {
    name: 'Catalog.copy_item',
    summary: "Copy an item of Oracle's catalog that the caller may read, with all below it that the caller may read.",
    auth: 'required',
    ...methods.Catalog_copy_item,
  },
  run: copyItem,
});
