import { getCatalogAcl as get } from '../../catalog/acl.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getCatalogAcl = method({
  name: 'Catalog.get_acl',
  summary: "Who was granted what on an item of Oracle's catalog that the caller may share.",
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  params: methods.Catalog_get_acl.params,
  result: methods.Catalog_get_acl.result,
  run: async ({ database, people, authority }, params) => get(database, people, authority, params),
});
