import { revertObject as revert } from '../../objects/copy.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const revertObject = method({
  name: 'Workspace.revert_object',
  summary: 'Make an earlier version of an object its newest again.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.revert_object.params,
  className: 'ObjectIdentity',
  result: methods.revert_object.result,
  run: async ({ tx, authority }, params) => revert(tx, authority, params),
});
