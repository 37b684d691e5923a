import { copyObject as copy } from '../../objects/copy.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const copyObject = method({
  name: 'Workspace.copy_object',
  summary: 'Copy an object, or a version of it.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.copy_object.params,
  className: 'CopyObjectParams',
  result: methods.copy_object.result,
  run: async ({ tx, authority }, params) => copy(tx, authority, params),
});
