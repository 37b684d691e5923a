import { methods } from '../../base/schemas/generated.ts';
import { getAllTypeInfo as get } from '../../domain/modules/definitionInfo.ts';
import { operation } from '../operation.ts';

export const getAllTypeInfo = operation({
  summary: 'Show every type of a module.',
  effect: 'read',
  className: 'Module name',
  delegated: true,
  method: {
    name: 'Workspace.get_all_type_info',
    auth: 'optional',
    ...methods.get_all_type_info,
    run: ({ reader, principal }, module) => get(reader, principal, module),
  },
});
