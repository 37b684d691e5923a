import { registerTypespec as register } from '../../modules/register.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const registerTypespec = method({
  name: 'Workspace.register_typespec',
  summary: 'Register a specification of types, or see what doing so would change.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  delegated: true,
  params: methods.register_typespec.params,
  className: 'RegisterTypespecParams',
  result: methods.register_typespec.result,
  run: ({ tx, caller }, params) => register(tx, caller, params),
});
