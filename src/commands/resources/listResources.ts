import { listResources as list } from '../../resources/list.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const listResources = command({
  name: 'listResources',
  summary: 'List resources by owner, type, parent or beginning of the external id, a page at a time.',
  effect: 'read',
  user: 'optionalSubject',
  order: 'userFirst',
  takes: 'closed',
  params: commands.listResources.params,
  result: commands.listResources.result,
  examples: [
    { title: 'The plates of a user', params: { owner: 'auser', type: 'plate' } },
    { title: 'All below a path', params: { pathPrefix: '/@Catalog/shared/' } },
  ],
  run: async ({ reader, rooms, authority }, query) => list(reader, rooms.people, authority, query),
});
