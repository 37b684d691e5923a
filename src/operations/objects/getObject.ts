import { jsonText } from '../../base/json/jsonText.ts';
import { methods } from '../../base/schemas/generated.ts';
import { getObjectWithMetadata } from '../../domain/objects/metadata.ts';
import { operation } from '../operation.ts';

export const getObject = operation({
  summary: 'Show an object with its data, in brief.',
  effect: 'read',
  long: true,
  className: 'GetObjectParams',
  needs: ['people', 'files'],
  method: {
    name: 'Workspace.get_object',
    auth: 'optional',
    ...methods.get_object,
    deprecated: 'get_objects2',
    authority: { bearerOf: 'auth' },
    run: async (call, { auth: _, ...named }) => jsonText(await getObjectWithMetadata(call, named)),
  },
});
