import { asUser } from '../../access/actingAs.ts';
import { moveResource as move } from '../../resources/move.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const moveResource = method({
  name: 'Resource.move',
  summary: 'Hang a resource below other parents.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.Resource_move.params,
  result: methods.Resource_move.result,
  run: async ({ tx, people, caller }, params) => move(tx, people, await asUser(people, caller), params),
});
