import { dialects } from '../../base/schemas/generated.ts';
import { setSharing as set } from '../../domain/systems/gnode/acl.ts';
import { operation } from '../operation.ts';

export const setSharing = operation({
  summary: 'Share an object of the caller, in the words of the portal.',
  effect: 'write',
  needs: ['people'],
  method: {
    name: 'Gnode.set_sharing',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Gnode_set_sharing.params,
    result: dialects.Gnode_set_sharing.result,
    run: set,
  },
});
