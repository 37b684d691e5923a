import { commands, methods } from '../../base/schemas/generated.ts';
import { createFolder as create } from '../../domain/systems/catalog/folder.ts';
import { operation } from '../operation.ts';

export const createFolder = operation({
  effect: 'write',
  needs: ['people'],
  command: {
    name: 'createFolder',
    summary: "Make a folder in Oracle's catalog.",
    ...commands.createFolder,
    examples: [
      { title: 'A folder', params: { name: 'Q4', parentId: '/@Catalog/shared/Sales' } },
      {
        title: 'With those above it',
        params: { id: '/@Catalog/shared/Sales/2024/Q4', createIntermediateFolders: true },
      },
    ],
  },
  method: {
    name: 'Catalog.create_folder',
    summary: "Make a folder of the caller in another of Oracle's catalog.",
    auth: 'required',
    ...methods.Catalog_create_folder,
  },
  run: create,
});
