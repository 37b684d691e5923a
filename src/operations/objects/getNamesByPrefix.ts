import { methods } from '../../base/schemas/generated.ts';
import { getNamesByPrefix as getNames } from '../../domain/objects/prefix.ts';
import { operation } from '../operation.ts';

export const getNamesByPrefix = operation({
  summary: 'Find names of objects by a prefix.',
  effect: 'read',
  className: 'GetNamesByPrefixParams',
  method: {
    name: 'Workspace.get_names_by_prefix',
    auth: 'optional',
    ...methods.get_names_by_prefix,
    run: async ({ reader, authority }, params) => getNames(reader, authority, params),
  },
});
