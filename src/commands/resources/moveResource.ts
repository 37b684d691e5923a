import { moveResource as move } from '../../resources/move.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const moveResource = command({
  name: 'moveResource',
  summary: 'Hang a resource below other parents, with everything below it.',
  effect: 'write',
  user: 'optionalSubject',
  order: 'userFirst',
  takes: 'closed',
  params: commands.moveResource.params,
  result: commands.moveResource.result,
  examples: [
    {
      title: 'Into another folder',
      params: {
        type: 'workbooks',
        externalId: '/@Catalog/shared/Sales',
        parents: ['res-6fe0d6ab-9f4f-4b55-9a0b-3f3d0ab5bd4e'],
      },
    },
  ],
  run: async ({ tx, rooms, authority }, params) => move(tx, rooms.people, authority, params),
});
