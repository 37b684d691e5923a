import { asUser } from '../../access/actingAs.ts';
import { setSharingMass as set } from '../../gnode/acl.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const setSharingMass = method({
  name: 'Gnode.set_sharing_mass',
  summary: 'Share many objects of the caller alike, in the words of the portal.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  params: methods.gnode_set_sharing_mass.params,
  result: methods.gnode_set_sharing_mass.result,
  run: async ({ tx, people, caller }, params) => set(tx, people, await asUser(people, caller), params),
});
