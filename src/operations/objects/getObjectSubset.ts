import { jsonText } from '../../base/json/jsonText.ts';
import { methods } from '../../base/schemas/generated.ts';
import { dataOf } from '../../domain/objects/data.ts';
import { subsetRequests } from '../../domain/objects/specification.ts';
import { operation } from '../operation.ts';

export const getObjectSubset = operation({
  summary: 'Show selected parts of objects.',
  effect: 'read',
  long: true,
  className: 'SubObjectIdentities',
  needs: ['people', 'files'],
  method: {
    name: 'Workspace.get_object_subset',
    auth: 'optional',
    ...methods.get_object_subset,
    deprecated: 'get_objects2',
    run: async (call, params) => jsonText(await dataOf(call, subsetRequests(params), { withData: true })),
  },
});
