import { commands, methods } from '../../base/schemas/generated.ts';
import { deleteObjects as remove } from '../../domain/objects/remove.ts';
import { operation } from '../operation.ts';

export const deleteObjects = operation({
  effect: 'write',
  command: {
    name: 'deleteObjects',
    summary: 'Delete objects with all of their versions; undeleteObjects restores them.',
    takes: 'struct',
    className: 'DeleteObjectsParams',
    ...commands.deleteObjects,
    examples: [{ title: 'By reference', params: { objects: [{ ref: '1/2' }] } }],
    run: async ({ tx, authority }, { objects }) => {
      await remove(tx, authority, objects);
      return null;
    },
  },
  method: {
    name: 'Workspace.delete_objects',
    summary: 'Delete objects with all of their versions.',
    auth: 'required',
    returnsValue: false,
    ...methods.delete_objects,
    className: 'ObjectIdentities',
    run: async ({ tx, authority }, params) => remove(tx, authority, params),
  },
});
