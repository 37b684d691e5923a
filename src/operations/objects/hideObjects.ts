import { methods } from '../../base/schemas/generated.ts';
import { hideObjects as hide } from '../../domain/objects/hide.ts';
import { operation } from '../operation.ts';

export const hideObjects = operation({
  summary: 'Hide objects from lists that do not ask for hidden ones.',
  effect: 'write',
  className: 'ObjectIdentities',
  method: {
    name: 'Workspace.hide_objects',
    auth: 'required',
    returnsValue: false,
    ...methods.hide_objects,
    run: async (call, params) => hide(call, params, true),
  },
});
