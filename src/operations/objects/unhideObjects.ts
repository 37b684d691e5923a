import { methods } from '../../base/schemas/generated.ts';
import { hideObjects as hide } from '../../domain/objects/hide.ts';
import { operation } from '../operation.ts';

export const unhideObjects = operation({
  summary: 'Show hidden objects in every list again.',
  effect: 'write',
  className: 'ObjectIdentities',
  method: {
    name: 'Workspace.unhide_objects',
    auth: 'required',
    returnsValue: false,
    ...methods.unhide_objects,
    run: async (call, params) => hide(call, params, false),
  },
});
