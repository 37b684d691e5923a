import { methods } from '../../base/schemas/generated.ts';
import { getObjectMetadata } from '../../domain/objects/metadata.ts';
import { operation } from '../operation.ts';

export const getObjectmeta = operation({
  summary: 'Show information about an object, in brief.',
  effect: 'read',
  className: 'GetObjectmetaParams',
  needs: ['people'],
  method: {
    name: 'Workspace.get_objectmeta',
    auth: 'optional',
    ...methods.get_objectmeta,
    deprecated: 'get_object_info3',
    authority: { bearerOf: 'auth' },
    run: async ({ reader, people, authority }, { auth: _, ...named }) => {
      return getObjectMetadata({ reader, people, authority }, named);
    },
  },
});
