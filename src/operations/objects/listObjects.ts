import { commands, methods } from '../../base/schemas/generated.ts';
import { listObjectsAsJson } from '../../domain/objects/list.ts';
import { operation } from '../operation.ts';

export const listObjects = operation({
  effect: 'read',
  className: 'ListObjectsParams',
  needs: ['people'],
  command: {
    name: 'listObjects',
    summary: 'List the objects of workspaces: all of them, or what a user sees.',
    user: 'optionalSubject',
    order: 'paramsFirst',
    takes: 'struct',
    ...commands.listObjects,
    examples: [
      { title: 'Of a workspace', params: { ids: [1], includeMetadata: 1 } },
      { title: 'The next page', params: { ids: [1], startafter: '1/100/1', limit: 100 } },
      { title: 'What a user sees of a type', user: 'auser', params: { ids: [1], type: 'KBaseGenomes.Genome' } },
    ],
  },
  method: {
    name: 'Workspace.list_objects',
    summary: 'List the objects of workspaces that the caller can read.',
    auth: 'optional',
    ...methods.list_objects,
  },
  run: listObjectsAsJson,
});
