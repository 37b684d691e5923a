import { commands, methods } from '../../base/schemas/generated.ts';
import { hideObjects as hide } from '../../domain/objects/hide.ts';
import { operation } from '../operation.ts';

export const hideObjects = operation({
  summary: 'Hide objects from lists that do not ask for hidden ones.',
  effect: 'write',
  command: {
    name: 'hideObjects',
    takes: 'struct',
    className: 'HideObjectsParams',
    ...commands.hideObjects,
    examples: [{ title: 'By reference', params: { objects: [{ ref: '1/2' }] } }],
    run: async ({ tx, authority }, { objects }) => {
      await hide({ tx, authority }, objects, true);
      return null;
    },
  },
  method: {
    name: 'Workspace.hide_objects',
    auth: 'required',
    returnsValue: false,
    className: 'ObjectIdentities',
    ...methods.hide_objects,
    run: async (call, params) => hide(call, params, true),
  },
});
