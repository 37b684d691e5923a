import { renameObject as rename } from '../../objects/rename.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const renameObject = method({
  name: 'Workspace.rename_object',
  summary: 'Give an object another name.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.rename_object.params,
  className: 'RenameObjectParams',
  result: methods.rename_object.result,
  run: async ({ tx, people, authority }, params) => rename(tx, people, authority, params),
});
