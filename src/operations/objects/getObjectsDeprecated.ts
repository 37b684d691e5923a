import { jsonText } from '../../base/json/jsonText.ts';
import { methods } from '../../base/schemas/generated.ts';
import { dataOf } from '../../domain/objects/data.ts';
import { objectIdentifiersOf } from '../../domain/objects/identify.ts';
import { requestFor } from '../../domain/objects/specification.ts';
import { operation } from '../operation.ts';

export const getObjectsDeprecated = operation({
  summary: 'Show objects with their data.',
  effect: 'read',
  long: true,
  className: 'ObjectIdentities',
  needs: ['people', 'files'],
  method: {
    name: 'Workspace.get_objects',
    auth: 'optional',
    ...methods.get_objects,
    deprecated: 'get_objects2',
    run: async (call, params) =>
      jsonText(await dataOf(call, objectIdentifiersOf(params).map(requestFor), { withData: true })),
  },
});
