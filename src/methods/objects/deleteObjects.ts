import { deleteObjects as remove } from '../../objects/remove.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const deleteObjects = method({
  name: 'Workspace.delete_objects',
  summary: 'Delete objects with all of their versions.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.delete_objects.params,
  className: 'ObjectIdentities',
  result: methods.delete_objects.result,
  run: async ({ tx, authority }, params) => remove(tx, authority, params),
});
