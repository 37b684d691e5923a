import { dialects } from '../../base/schemas/generated.ts';
import { setSharingMass as set } from '../../domain/systems/gnode/acl.ts';
import { operation } from '../operation.ts';

export const setSharingMass = operation({
  summary: 'Share many objects of the caller in the same way, in the words of the portal.',
  effect: 'write',
  needs: ['people'],
  method: {
    name: 'Gnode.set_sharing_mass',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Gnode_set_sharing_mass.params,
    result: dialects.Gnode_set_sharing_mass.result,
    run: set,
  },
});
