import { deleteResource as remove } from '../../resources/remove.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const deleteResource = command({
  name: 'deleteResource',
  summary: 'Delete a resource, on request with what hangs below it and nothing else.',
  effect: 'write',
  user: 'optionalSubject',
  order: 'userFirst',
  takes: 'closed',
  params: commands.deleteResource.params,
  result: commands.deleteResource.result,
  examples: [
    {
      title: 'A folder with everything in it',
      params: { type: 'folders', externalId: '/@Catalog/shared/Old', recursive: true },
    },
  ],
  run: async ({ tx, authority }, params) => remove(tx, authority, params),
});
