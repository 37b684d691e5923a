import { commands, methods } from '../../base/schemas/generated.ts';
import { deleteResource as remove } from '../../domain/tree/remove.ts';
import { operation } from '../operation.ts';

export const deleteResource = operation({
  effect: 'write',
  command: {
    name: 'deleteResource',
    confirm: { onlyWith: 'recursive' },
    summary: 'Delete a resource, on request with everything below it that has no other parent.',
    user: 'optionalSubject',
    order: 'userFirst',
    ...commands.deleteResource,
    examples: [
      {
        title: 'A folder with everything in it',
        params: { type: 'folders', externalId: '/@Catalog/shared/Old', recursive: true },
      },
    ],
  },
  method: {
    name: 'Resource.delete',
    summary: 'Delete a resource of the caller.',
    auth: 'required',
    ...methods.Resource_delete,
  },
  run: async ({ tx, authority }, params) => remove(tx, authority, params),
});
