import { listAllTypes as list } from '../../modules/moduleInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listAllTypes = method({
  name: 'Workspace.list_all_types',
  summary: 'List the newest released version of every type.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  delegated: true,
  params: methods.list_all_types.params,
  className: 'ListAllTypesParams',
  result: methods.list_all_types.result,
  run: ({ database }, params) => list(database, params),
});
