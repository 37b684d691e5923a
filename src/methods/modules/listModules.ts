import { listModules as list } from '../../modules/moduleInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listModules = method({
  name: 'Workspace.list_modules',
  summary: 'List the names of modules.',
  effect: 'read',
  auth: 'none',
  returnsValue: true,
  delegated: true,
  params: methods.list_modules.params,
  className: 'ListModulesParams',
  result: methods.list_modules.result,
  run: ({ database }, params) => list(database, params),
});
