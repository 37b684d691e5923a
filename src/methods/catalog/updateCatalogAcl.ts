import { updateCatalogAcl as update } from '../../catalog/acl.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const updateCatalogAcl = method({
  name: 'Catalog.update_acl',
  summary: "Change who may do what with an item of Oracle's catalog that the caller may share.",
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.Catalog_update_acl.params,
  result: methods.Catalog_update_acl.result,
  run: async ({ tx, people, authority }, params) => update(tx, people, authority, params),
});
