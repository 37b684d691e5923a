import { jsonText } from '../../base/json/jsonText.ts';
import { methods } from '../../base/schemas/generated.ts';
import { dataOf } from '../../domain/objects/data.ts';
import { chainRequests } from '../../domain/objects/specification.ts';
import { operation } from '../operation.ts';

export const getReferencedObjects = operation({
  summary: 'Show objects by chains of references that lead to them.',
  effect: 'read',
  long: true,
  className: 'refChains',
  needs: ['people', 'files'],
  method: {
    name: 'Workspace.get_referenced_objects',
    auth: 'optional',
    ...methods.get_referenced_objects,
    deprecated: 'get_objects2',
    run: async (call, params) => jsonText(await dataOf(call, chainRequests(params), { withData: true })),
  },
});
