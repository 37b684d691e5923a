import { createFolder as create } from '../../catalog/folder.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const createFolder = method({
  name: 'Catalog.create_folder',
  summary: "A folder of the caller's in another of Oracle's catalog.",
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.Catalog_create_folder.params,
  result: methods.Catalog_create_folder.result,
  run: async ({ tx, people, caller, authority }, params) =>
    create({ tx, people, who: authority, maker: caller }, params),
});
