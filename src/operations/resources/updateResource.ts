import { commands, methods } from '../../base/schemas/generated.ts';
import { updateResource as update } from '../../domain/tree/update.ts';
import { operation } from '../operation.ts';

export const updateResource = operation({
  effect: 'write',
  needs: ['people'],
  command: {
    name: 'updateResource',
    summary: 'Change the name, the content, the external id or the visibility of a resource.',
    user: 'optionalSubject',
    order: 'userFirst',
    ...commands.updateResource,
    examples: [{ title: 'Another name', params: { type: 'plate', externalId: 'P-17', name: 'Plate 17' } }],
  },
  method: {
    name: 'Resource.update',
    summary: 'Change a resource that the caller may write to.',
    auth: 'required',
    ...methods.Resource_update,
  },
  run: update,
});
