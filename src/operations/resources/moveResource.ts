import { commands, methods } from '../../base/schemas/generated.ts';
import { moveResource as move } from '../../domain/tree/move.ts';
import { operation } from '../operation.ts';

export const moveResource = operation({
  effect: 'write',
  needs: ['people'],
  command: {
    name: 'moveResource',
    summary: 'Move a resource to other parents, with everything below it.',
    user: 'optionalSubject',
    order: 'userFirst',
    ...commands.moveResource,
    examples: [
      {
        title: 'Into another folder',
        params: {
          type: 'workbooks',
          externalId: '/@Catalog/shared/Sales/Q4',
          parents: ['res-6fe0d6ab-9f4f-4b55-9a0b-3f3d0ab5bd4e'],
        },
      },
    ],
  },
  method: {
    name: 'Resource.move',
    summary: 'Move a resource to other parents.',
    auth: 'required',
    ...methods.Resource_move,
  },
  run: move,
});
