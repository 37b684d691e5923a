import { methods } from '../../base/schemas/generated.ts';
import { getFuncInfo as get } from '../../domain/modules/definitionInfo.ts';
import { operation } from '../operation.ts';

export const getFuncInfo = operation({
  summary: 'Show a function of a specification.',
  effect: 'read',
  className: 'Function',
  delegated: true,
  method: {
    name: 'Workspace.get_func_info',
    auth: 'optional',
    ...methods.get_func_info,
    deprecated: 'get_module_info',
    run: ({ reader, principal }, func) => get(reader, principal, func),
  },
});
