import { methods } from '../../base/schemas/generated.ts';
import { revertObject as revert } from '../../domain/objects/copy.ts';
import { operation } from '../operation.ts';

export const revertObject = operation({
  summary: 'Make an earlier version of an object its newest one again.',
  effect: 'write',
  className: 'ObjectIdentity',
  method: {
    name: 'Workspace.revert_object',
    auth: 'required',
    ...methods.revert_object,
    run: async ({ tx, authority }, params) => revert(tx, authority, params),
  },
});
