import { dialects } from '../../base/schemas/generated.ts';
import { deleteObject } from '../../domain/systems/gnode/remove.ts';
import { operation } from '../operation.ts';

export const deleteGnodeObject = operation({
  summary: 'Delete an object that the caller may write to, with what is nested in it.',
  effect: 'write',
  method: {
    name: 'Gnode.delete_object',
    auth: 'required',
    returnsValue: false,
    dialectOnly: true,
    params: dialects.Gnode_delete_object.params,
    result: dialects.Gnode_delete_object.result,
    run: async ({ tx, authority }, params) => deleteObject(tx, authority, params),
  },
});
