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
  run: async ({ tx, people, authority }, params) => move(tx, people, authority, params),
});
