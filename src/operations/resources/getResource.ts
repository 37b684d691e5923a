import { commands, methods } from '../../base/schemas/generated.ts';
import { getResource as get } from '../../domain/tree/get.ts';
import { operation } from '../operation.ts';

export const getResource = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'getResource',
    summary: 'Show a resource with its owners and content: as it is, or as a user would see it.',
    user: 'optionalSubject',
    order: 'userFirst',
    ...commands.getResource,
    examples: [
      { title: 'By the id of its own system', params: { type: 'workbooks', externalId: '/@Catalog/shared/Sales/Q4' } },
    ],
  },
  method: {
    name: 'Resource.get',
    summary: 'Show a resource that the caller may read.',
    auth: 'optional',
    ...methods.Resource_get,
  },
  run: get,
});
