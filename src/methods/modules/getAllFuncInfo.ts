import { getAllFuncInfo as get } from '../../modules/definitionInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getAllFuncInfo = method({
  name: 'Workspace.get_all_func_info',
  summary: 'Show every function of a module.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  delegated: true,
  params: methods.get_all_func_info.params,
  className: 'Module name',
  result: methods.get_all_func_info.result,
  deprecated: 'get_module_info',
  run: ({ database, caller }, module) => get(database, caller, module),
});
