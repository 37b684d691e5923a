import { getTypeInfo as get } from '../../modules/definitionInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getTypeInfo = method({
  name: 'Workspace.get_type_info',
  summary: 'Show a type.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  delegated: true,
  params: methods.get_type_info.params,
  className: 'Typestring',
  result: methods.get_type_info.result,
  run: ({ database, caller }, typestring) => get(database, caller, typestring),
});
