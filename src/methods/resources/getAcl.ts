import { getAcl as get } from '../../access/acl.ts';
import { asCaller } from '../../access/actingAs.ts';
import { commands } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getAcl = method({
  name: 'Resource.get_acl',
  summary: 'Show who may do what with a resource that the caller may share.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: commands.getAcl.params,
  result: commands.getAcl.result,
  run: async ({ database, people, caller }, params) => get(database, people, await asCaller(people, caller), params),
});
