import { getResource as get } from '../../resources/get.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const getResource = command({
  name: 'getResource',
  summary: 'Show a resource with its owners and content: as it is, or as a user would see it.',
  effect: 'read',
  user: 'optionalSubject',
  order: 'userFirst',
  takes: 'closed',
  params: commands.getResource.params,
  result: commands.getResource.result,
  examples: [
    { title: 'By the id of its own system', params: { type: 'workbooks', externalId: '/@Catalog/shared/Sales' } },
  ],
  run: async ({ reader, rooms, authority }, params) => get(reader, rooms.people, authority, params),
});
