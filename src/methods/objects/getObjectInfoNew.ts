import { listInfos } from '../../objects/info.ts';
import { wantedOf } from '../../objects/specification.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getObjectInfoNew = method({
  name: 'Workspace.get_object_info_new',
  summary: 'Show what there is to say of objects, without their data.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_object_info_new.params,
  className: 'GetObjectInfoNewParams',
  result: methods.get_object_info_new.result,
  deprecated: 'get_object_info3',
  run: async ({ database, people, authority }, { objects, ...options }) =>
    listInfos(database, people, { who: authority }, wantedOf(objects), options),
});
