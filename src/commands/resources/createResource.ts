import { createResource as create } from '../../resources/create.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const createResource = command({
  name: 'createResource',
  summary: 'Make a resource of any system but KBase, for its owner, or as a user for itself.',
  effect: 'write',
  user: 'optionalSubject',
  order: 'userFirst',
  takes: 'closed',
  params: commands.createResource.params,
  result: commands.createResource.result,
  examples: [
    {
      title: 'A workbook of a user',
      params: {
        type: 'workbooks',
        name: 'Sales',
        externalId: '/@Catalog/shared/Sales',
        owners: [{ accountType: 'User', owner: 'auser' }],
      },
    },
    { title: 'A block, as a user', user: 'auser', params: { type: 'block', name: 'day 1' } },
  ],
  run: async ({ tx, rooms, actor, subject, authority }, params) =>
    create(tx, rooms.people, authority, subject ?? actor.principal, params),
});
