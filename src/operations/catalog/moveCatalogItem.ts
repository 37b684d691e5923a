import { commands, methods } from '../../base/schemas/generated.ts';
import { moveItem } from '../../domain/systems/catalog/move.ts';
import { operation } from '../operation.ts';

export const moveCatalogItem = operation({
  effect: 'write',
  needs: ['people'],
  command: {
    name: 'moveCatalogItem',
    summary: "Move an item of Oracle's catalog, with all below it, into another folder, or rename it.",
    ...commands.moveCatalogItem,
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
    name: 'Catalog.move_item',
    summary: "Move an item of Oracle's catalog that the caller may write to, with all below it.",
    auth: 'required',
    ...methods.Catalog_move_item,
  },
  run: moveItem,
});
