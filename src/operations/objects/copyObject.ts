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
    ...methods.copy_object,
    run: async ({ tx, authority }, params) => copy(tx, authority, params),
  },
});
