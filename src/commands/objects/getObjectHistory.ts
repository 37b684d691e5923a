import { getObjectHistory as getHistory } from '../../objects/info.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const getObjectHistory = command({
  name: 'getObjectHistory',
  summary: 'Show every version of an object, the oldest first.',
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'ObjectIdentity',
  params: commands.getObjectHistory.params,
  result: commands.getObjectHistory.result,
  examples: [{ title: 'By names', params: { workspace: 'auser:genomes', name: 'ecoli' } }],
  run: ({ reader, rooms, authority }, params) => getHistory(reader, rooms.people, authority, params),
});
