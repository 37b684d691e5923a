import { getFuncInfo as get } from '../../modules/definitionInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getFuncInfo = method({
  name: 'Workspace.get_func_info',
  summary: 'Show a function of a specification.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  delegated: true,
  params: methods.get_func_info.params,
  className: 'Function',
  result: methods.get_func_info.result,
  deprecated: 'get_module_info',
  run: ({ database, caller }, func) => get(database, caller, func),
});
