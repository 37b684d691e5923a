import { dialects } from '../../base/schemas/generated.ts';
import { getSharing as get } from '../../domain/systems/gnode/acl.ts';
import { operation } from '../operation.ts';

export const getSharing = operation({
  summary: 'Show who may do what with an object, in the words of the portal.',
  effect: 'read',
  needs: ['people'],
  method: {
    name: 'Gnode.get_sharing',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Gnode_get_sharing.params,
    result: dialects.Gnode_get_sharing.result,
    run: get,
  },
});
