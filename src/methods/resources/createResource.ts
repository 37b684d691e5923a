import { createResource as create } from '../../resources/create.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const createResource = method({
  name: 'Resource.create',
  summary: 'Make a resource of the caller.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.Resource_create.params,
  result: methods.Resource_create.result,
  run: async ({ tx, people, caller, authority }, params) => create(tx, people, authority, caller, params),
});
