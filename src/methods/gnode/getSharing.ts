import { getSharing as get } from '../../gnode/acl.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getSharing = method({
  name: 'Gnode.get_sharing',
  summary: 'Who may do what with an object, in the words of the portal.',
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Gnode_get_sharing.params,
  result: dialects.Gnode_get_sharing.result,
  run: async ({ database, people, authority }, params) => get(database, people, authority, params),
});
