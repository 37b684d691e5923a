import { getAllTypeInfo as get } from '../../modules/definitionInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getAllTypeInfo = method({
  name: 'Workspace.get_all_type_info',
  summary: 'Show every type of a module.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  delegated: true,
  params: methods.get_all_type_info.params,
  className: 'Module name',
  result: methods.get_all_type_info.result,
  run: ({ database, caller }, module) => get(database, caller, module),
});
