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
    ...methods.register_typespec,
    run: ({ tx, principal }, params) => register(tx, principal, params),
  },
});
