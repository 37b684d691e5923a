import { getNamesByPrefix as getNames } from '../../objects/prefix.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getNamesByPrefix = method({
  name: 'Workspace.get_names_by_prefix',
  summary: 'Find names of objects by their beginning.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_names_by_prefix.params,
  className: 'GetNamesByPrefixParams',
  result: methods.get_names_by_prefix.result,
  run: async ({ database, authority }, params) => getNames(database, authority, params),
});
