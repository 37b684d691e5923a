import { listObjects as list } from '../../objects/list.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const listObjects = command({
  name: 'listObjects',
  summary: 'List the objects of workspaces: all of them, or what a user sees.',
  effect: 'read',
  user: 'optionalSubject',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'ListObjectsParams',
  params: commands.listObjects.params,
  result: commands.listObjects.result,
  examples: [
    { title: 'Of a workspace', params: { ids: [1], includeMetadata: 1 } },
    { title: 'The next page', params: { ids: [1], startafter: '1/100/1', limit: 100 } },
    { title: 'What a user sees of a type', user: 'auser', params: { ids: [1], type: 'KBaseGenomes.Genome' } },
  ],
  run: async ({ reader, rooms: { people }, authority }, params) => list(reader, people, authority, params),
});
