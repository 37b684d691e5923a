import { getAcl as get } from '../../access/acl.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getAcl = method({
  name: 'Resource.get_acl',
  summary: 'Show who may do what with a resource that the caller may share.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.Resource_get_acl.params,
  result: methods.Resource_get_acl.result,
  run: async ({ database, people, authority }, params) => get(database, people, authority, params),
});
