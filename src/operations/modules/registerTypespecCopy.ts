import { methods } from '../../base/schemas/generated.ts';
import { registerCopy, requestedCopy } from '../../domain/modules/copy.ts';
import { operation } from '../operation.ts';

export const registerTypespecCopy = operation({
  summary: 'Copy the specification of a module of the caller from another workspace service.',
  effect: 'write',
  className: 'RegisterTypespecCopyParams',
  delegated: true,
  needs: ['copySources'],
  method: {
    name: 'Workspace.register_typespec_copy',
    auth: 'required',
    ...methods.register_typespec_copy,
  },
  prepare: async ({ reader, principal, requestId, copySources }, params) => {
    const request = await requestedCopy(reader, principal, params);
    return { mod: request.module, ...(await copySources.module({ ...request, requestId })) };
  },
  run: ({ tx, principal }, copy) => registerCopy(tx, principal, copy),
});
