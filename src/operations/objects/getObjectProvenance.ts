import { jsonText } from '../../base/json/jsonText.ts';
import { methods } from '../../base/schemas/generated.ts';
import { dataOf } from '../../domain/objects/data.ts';
import { objectIdentifiersOf } from '../../domain/objects/identify.ts';
import { requestFor } from '../../domain/objects/specification.ts';
import { operation } from '../operation.ts';

export const getObjectProvenance = operation({
  summary: 'Show the provenance of objects.',
  effect: 'read',
  className: 'ObjectIdentities',
  needs: ['people', 'files'],
  method: {
    name: 'Workspace.get_object_provenance',
    auth: 'optional',
    ...methods.get_object_provenance,
    deprecated: 'get_objects2',
    run: async (call, params) => {
      const found = await dataOf(call, objectIdentifiersOf(params).map(requestFor), { withData: false });
      return jsonText(found.map((object) => ({ ...object, path: undefined })));
    },
  },
});
