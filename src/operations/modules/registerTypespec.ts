import { methods } from '../../base/schemas/generated.ts';
import { registerTypespec as register } from '../../domain/modules/register.ts';
import { operation } from '../operation.ts';

export const registerTypespec = operation({
  summary: 'Register a specification of types, or see what doing so would change.',
  effect: 'write',
  className: 'RegisterTypespecParams',
  delegated: true,
  method: {
    name: 'Workspace.register_typespec',
    auth: 'required',
    returnsValue: true,
    params: methods.register_typespec.params,
    result: methods.register_typespec.result,
    run: ({ tx, principal }, params) => register(tx, principal, params),
  },
});
