import { deleteResource as remove } from '../../resources/remove.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const deleteResource = method({
  name: 'Resource.delete',
  summary: 'Delete a resource of the caller.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.Resource_delete.params,
  result: methods.Resource_delete.result,
  run: async ({ tx, authority }, params) => remove(tx, authority, params),
});
