import { getAcl as get } from '../../access/acl.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const getAcl = command({
  name: 'getAcl',
  summary: 'Show who owns a resource and who may do what with it.',
  effect: 'read',
  user: 'optionalSubject',
  order: 'userFirst',
  takes: 'closed',
  params: commands.getAcl.params,
  result: commands.getAcl.result,
  examples: [{ title: 'Of a block', params: { type: 'block', externalId: 'HTPG6LY5O1' } }],
  run: async ({ reader, rooms, authority }, params) => get(reader, rooms.people, authority, params),
});
