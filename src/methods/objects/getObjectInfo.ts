import { objectIdentifiersOf } from '../../objects/identify.ts';
import { listInfos } from '../../objects/info.ts';
import { wantedAlone } from '../../objects/specification.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getObjectInfo = method({
  name: 'Workspace.get_object_info',
  summary: 'Show what there is to say of objects, without their data.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_object_info.params,
  className: 'GetObjectInfoParams',
  result: methods.get_object_info.result,
  positional: ['object_ids', 'includeMetadata'],
  deprecated: 'get_object_info3',
  run: async ({ database, people, authority }, { object_ids: ids, includeMetadata = 0 }) => {
    const wanted = objectIdentifiersOf(ids).map(wantedAlone);
    return listInfos(database, people, { who: authority }, wanted, { includeMetadata });
  },
});
