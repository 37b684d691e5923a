import { commands, methods } from '../../base/schemas/generated.ts';
import { createFolder as create } from '../../domain/systems/catalog/folder.ts';
import { operation } from '../operation.ts';

export const createFolder = operation({
  effect: 'write',
  needs: ['people'],
  command: {
    name: 'createFolder',
    summary: "Make a folder in Oracle's catalog.",
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'closed',
    params: commands.createFolder.params,
    result: commands.createFolder.result,
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
    returnsValue: true,
    params: methods.Catalog_create_folder.params,
    result: methods.Catalog_create_folder.result,
  },
  run: create,
});
