import { commands, methods } from '../../base/schemas/generated.ts';
import { deleteObjects as remove } from '../../domain/objects/remove.ts';
import { operation } from '../operation.ts';

export const deleteObjects = operation({
  effect: 'write',
  command: {
    name: 'deleteObjects',
    summary: 'Delete objects with all of their versions; undeleteObjects restores them.',
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'struct',
    className: 'DeleteObjectsParams',
    params: commands.deleteObjects.params,
    result: commands.deleteObjects.result,
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
    params: methods.delete_objects.params,
    className: 'ObjectIdentities',
    result: methods.delete_objects.result,
    run: async ({ tx, authority }, params) => remove(tx, authority, params),
  },
});
