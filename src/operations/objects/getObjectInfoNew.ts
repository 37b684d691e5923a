import { methods } from '../../base/schemas/generated.ts';
import { listInfos } from '../../domain/objects/info.ts';
import { objectRequests } from '../../domain/objects/specification.ts';
import { operation } from '../operation.ts';

export const getObjectInfoNew = operation({
  summary: 'Show information about objects, without their data.',
  effect: 'read',
  className: 'GetObjectInfoNewParams',
  needs: ['people'],
  method: {
    name: 'Workspace.get_object_info_new',
    auth: 'optional',
    ...methods.get_object_info_new,
    deprecated: 'get_object_info3',
    run: async (call, { objects, ...options }) => listInfos(call, objectRequests(objects), options),
  },
});
