import { deleteObject } from '../../gnode/remove.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const deleteGnodeObject = method({
  name: 'Gnode.delete_object',
  summary: 'Delete an object that the caller may write to, with what is nested in it.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  dialectOnly: true,
  params: dialects.Gnode_delete_object.params,
  result: dialects.Gnode_delete_object.result,
  run: async ({ tx, authority }, params) => deleteObject(tx, authority, params),
});
