import { updateResource as update } from '../../resources/update.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const updateResource = method({
  name: 'Resource.update',
  summary: 'Change a resource that the caller may write to.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.Resource_update.params,
  result: methods.Resource_update.result,
  run: async ({ tx, people, authority }, params) => update(tx, people, authority, params),
});
