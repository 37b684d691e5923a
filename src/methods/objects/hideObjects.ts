import { hideObjects as hide } from '../../objects/hide.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const hideObjects = method({
  name: 'Workspace.hide_objects',
  summary: 'Keep objects out of lists that do not ask for hidden ones.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.hide_objects.params,
  className: 'ObjectIdentities',
  result: methods.hide_objects.result,
  run: async ({ tx, authority }, params) => hide(tx, authority, params, true),
});
