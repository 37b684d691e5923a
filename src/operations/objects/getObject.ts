import { jsonText } from '../../base/json/jsonText.ts';
import { methods } from '../../base/schemas/generated.ts';
import { getObjectWithMetadata } from '../../domain/objects/metadata.ts';
import { operation } from '../operation.ts';

export const getObject = operation({
  summary: 'Show an object with its data, in brief.',
  effect: 'read',
  className: 'GetObjectParams',
  needs: ['people', 'files'],
  method: {
    name: 'Workspace.get_object',
    auth: 'optional',
    returnsValue: true,
    params: methods.get_object.params,
    result: methods.get_object.result,
    deprecated: 'get_objects2',
    authority: { bearerOf: 'auth' },
    run: async (call, { auth: _, ...named }) => jsonText(await getObjectWithMetadata(call, named)),
  },
});
