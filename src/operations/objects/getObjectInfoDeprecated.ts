import { methods } from '../../base/schemas/generated.ts';
import { objectIdentifiersOf } from '../../domain/objects/identify.ts';
import { listInfos } from '../../domain/objects/info.ts';
import { requestFor } from '../../domain/objects/specification.ts';
import { operation } from '../operation.ts';

export const getObjectInfoDeprecated = operation({
  summary: 'Show information about objects, without their data.',
  effect: 'read',
  className: 'GetObjectInfoParams',
  needs: ['people'],
  method: {
    name: 'Workspace.get_object_info',
    auth: 'optional',
    ...methods.get_object_info,
    positional: ['object_ids', 'includeMetadata'],
    deprecated: 'get_object_info3',
    run: async (call, { object_ids: ids, includeMetadata = 0 }) =>
      listInfos(call, objectIdentifiersOf(ids).map(requestFor), { includeMetadata }),
  },
});
