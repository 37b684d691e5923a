import { setAcl as set } from '../../access/setAcl.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const setAcl = method({
  name: 'Resource.set_acl',
  summary: 'Set who may do what with a resource that the caller may share.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.Resource_set_acl.params,
  result: methods.Resource_set_acl.result,
  run: async ({ tx, people, authority }, params) => set(tx, people, authority, params),
});
