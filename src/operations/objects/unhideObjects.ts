import { commands, methods } from '../../base/schemas/generated.ts';
import { hideObjects as hide } from '../../domain/objects/hide.ts';
import { operation } from '../operation.ts';

export const unhideObjects = operation({
  summary: 'Show hidden objects in every list again.',
  effect: 'write',
  command: {
    name: 'unhideObjects',
    takes: 'struct',
    className: 'UnhideObjectsParams',
    ...commands.unhideObjects,
    examples: [{ title: 'By reference', params: { objects: [{ ref: '1/2' }] } }],
    run: async ({ tx, authority }, { objects }) => {
      await hide({ tx, authority }, objects, false);
      return null;
    },
  },
  method: {
    name: 'Workspace.unhide_objects',
    auth: 'required',
    returnsValue: false,
    className: 'ObjectIdentities',
    ...methods.unhide_objects,
    run: async (call, params) => hide(call, params, false),
  },
});
