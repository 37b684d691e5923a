import { asUser } from '../../access/actingAs.ts';
import { deleteResource as remove } from '../../resources/remove.ts';
import { commands } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const deleteResource = method({
  name: 'Resource.delete',
  summary: 'Delete a resource of the caller.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: commands.deleteResource.params,
  result: commands.deleteResource.result,
  run: async ({ tx, people, caller }, params) => remove(tx, await asUser(people, caller), params),
});
