import { methods } from '../../base/schemas/generated.ts';
import { listModuleVersions as list } from '../../domain/modules/moduleInfo.ts';
import { operation } from '../operation.ts';

export const listModuleVersions = operation({
  summary: 'List the versions of a module, or those that have a type.',
  effect: 'read',
  className: 'ListModuleVersionsParams',
  delegated: true,
  method: {
    name: 'Workspace.list_module_versions',
    auth: 'optional',
    ...methods.list_module_versions,
    run: ({ reader, principal }, params) => list(reader, principal, params),
  },
});
