import { updateResource as update } from '../../resources/update.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const updateResource = command({
  name: 'updateResource',
  summary: 'Change the name, the content, the external id or the visibility of a resource.',
  effect: 'write',
  user: 'optionalSubject',
  order: 'userFirst',
  takes: 'closed',
  params: commands.updateResource.params,
  result: commands.updateResource.result,
  examples: [{ title: 'Another name', params: { type: 'plate', externalId: 'P-17', name: 'Plate 17' } }],
  run: async ({ tx, rooms, authority }, params) => update(tx, rooms.people, authority, params),
});
