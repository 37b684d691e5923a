import { methods } from '../../base/schemas/generated.ts';
import { copyObject as copy } from '../../domain/objects/copy.ts';
import { operation } from '../operation.ts';

export const copyObject = operation({
  summary: 'Copy an object, or a version of it.',
  effect: 'write',
  className: 'CopyObjectParams',
  method: {
    name: 'Workspace.copy_object',
    auth: 'required',
    returnsValue: true,
    params: methods.copy_object.params,
    result: methods.copy_object.result,
    run: async ({ tx, authority }, params) => copy(tx, authority, params),
  },
});
