import { methods } from '../../base/schemas/generated.ts';
import { getAllFuncInfo as get } from '../../domain/modules/definitionInfo.ts';
import { operation } from '../operation.ts';

export const getAllFuncInfo = operation({
  summary: 'Show every function of a module.',
  effect: 'read',
  className: 'Module name',
  delegated: true,
  method: {
    name: 'Workspace.get_all_func_info',
    auth: 'optional',
    ...methods.get_all_func_info,
    deprecated: 'get_module_info',
    run: ({ reader, principal }, module) => get(reader, principal, module),
  },
});
