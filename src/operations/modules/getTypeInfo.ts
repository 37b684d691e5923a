import { methods } from '../../base/schemas/generated.ts';
import { getTypeInfo as get } from '../../domain/modules/definitionInfo.ts';
import { operation } from '../operation.ts';

export const getTypeInfo = operation({
  summary: 'Show a type.',
  effect: 'read',
  className: 'Typestring',
  delegated: true,
  method: {
    name: 'Workspace.get_type_info',
    auth: 'optional',
    ...methods.get_type_info,
    run: ({ reader, principal }, typestring) => get(reader, principal, typestring),
  },
});
