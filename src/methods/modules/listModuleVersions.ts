import { listModuleVersions as list } from '../../modules/moduleInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listModuleVersions = method({
  name: 'Workspace.list_module_versions',
  summary: 'List the versions of a module, or those that have a type.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  delegated: true,
  params: methods.list_module_versions.params,
  className: 'ListModuleVersionsParams',
  result: methods.list_module_versions.result,
  run: ({ database, caller }, params) => list(database, caller, params),
});
