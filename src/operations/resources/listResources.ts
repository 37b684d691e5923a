import { commands, methods } from '../../base/schemas/generated.ts';
import { listResources as list } from '../../domain/tree/list.ts';
import { operation } from '../operation.ts';

export const listResources = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'listResources',
    summary: 'List resources by owner, type, parent or prefix of the external id, a page at a time.',
    user: 'optionalSubject',
    order: 'userFirst',
    ...commands.listResources,
    examples: [
      { title: 'The plates of a user', params: { owner: 'auser', type: 'plate' } },
      { title: 'All below a path', params: { pathPrefix: '/@Catalog/shared/' } },
    ],
  },
  method: {
    name: 'Resource.list',
    summary: 'List the resources that the caller may read.',
    auth: 'optional',
    ...methods.Resource_list,
  },
  run: list,
});
