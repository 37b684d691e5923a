import { commands, methods } from '../../base/schemas/generated.ts';
import { createResource as create } from '../../domain/tree/create.ts';
import { operation } from '../operation.ts';

export const createResource = operation({
  effect: 'write',
  needs: ['people'],
  command: {
    name: 'createResource',
    summary: 'Make a resource of any system but KBase, for its owners or as a user.',
    user: 'optionalSubject',
    order: 'userFirst',
    ...commands.createResource,
    examples: [
      {
        title: 'A workbook of a user',
        params: {
          type: 'workbooks',
          name: 'Q3',
          externalId: '/@Catalog/shared/Sales/Q3',
          owners: [{ accountType: 'User', owner: 'auser' }],
        },
      },
      { title: 'A block, as a user', user: 'auser', params: { type: 'block', name: 'day 1' } },
    ],
  },
  method: {
    name: 'Resource.create',
    summary: 'Make a resource of the caller.',
    auth: 'required',
    ...methods.Resource_create,
  },
  run: create,
});
