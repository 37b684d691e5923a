import { getObjectInfo } from '../../objects/info.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getObjectInfo3 = method({
  name: 'Workspace.get_object_info3',
  summary: 'Show what there is to say of objects, without their data.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_object_info3.params,
  className: 'GetObjectInfo3Params',
  result: methods.get_object_info3.result,
  run: async ({ database, people, authority }, params) => getObjectInfo(database, people, { who: authority }, params),
});
