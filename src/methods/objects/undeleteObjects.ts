import { undeleteObjects as undelete } from '../../objects/remove.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const undeleteObjects = method({
  name: 'Workspace.undelete_objects',
  summary: 'Bring deleted objects back.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.undelete_objects.params,
  className: 'ObjectIdentities',
  result: methods.undelete_objects.result,
  run: async ({ tx, authority }, params) => undelete(tx, authority, params),
});
