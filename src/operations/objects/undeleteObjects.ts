import { commands, methods } from '../../base/schemas/generated.ts';
import { undeleteObjects as undelete } from '../../domain/objects/remove.ts';
import { operation } from '../operation.ts';

export const undeleteObjects = operation({
  summary: 'Restore deleted objects.',
  effect: 'write',
  command: {
    name: 'undeleteObjects',
    takes: 'struct',
    className: 'UndeleteObjectsParams',
    ...commands.undeleteObjects,
    examples: [{ title: 'By reference', params: { objects: [{ ref: '1/2' }] } }],
    run: async ({ tx, authority }, { objects }) => {
      await undelete(tx, authority, objects);
      return null;
    },
  },
  method: {
    name: 'Workspace.undelete_objects',
    auth: 'required',
    returnsValue: false,
    ...methods.undelete_objects,
    className: 'ObjectIdentities',
    run: async ({ tx, authority }, params) => undelete(tx, authority, params),
  },
});
