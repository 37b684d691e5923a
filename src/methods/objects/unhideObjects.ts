import { hideObjects as hide } from '../../objects/hide.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const unhideObjects = method({
  name: 'Workspace.unhide_objects',
  summary: 'Show hidden objects in every list again.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.unhide_objects.params,
  className: 'ObjectIdentities',
  result: methods.unhide_objects.result,
  run: async ({ tx, authority }, params) => hide(tx, authority, params, false),
});
