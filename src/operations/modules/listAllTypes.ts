import { methods } from '../../base/schemas/generated.ts';
import { listAllTypes as list } from '../../domain/modules/moduleInfo.ts';
import { operation } from '../operation.ts';

export const listAllTypes = operation({
  summary: 'List the newest released version of every type.',
  effect: 'read',
  className: 'ListAllTypesParams',
  delegated: true,
  method: {
    name: 'Workspace.list_all_types',
    auth: 'optional',
    ...methods.list_all_types,
    run: ({ reader }, params) => list(reader, params),
  },
});
