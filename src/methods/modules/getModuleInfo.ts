import { getModuleInfo as get } from '../../modules/moduleInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getModuleInfo = method({
  name: 'Workspace.get_module_info',
  summary: 'Show a module: its owners, its specification and its types.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  delegated: true,
  params: methods.get_module_info.params,
  className: 'GetModuleInfoParams',
  result: methods.get_module_info.result,
  run: ({ database, people, caller }, params) => get(database, people, caller, params),
});
