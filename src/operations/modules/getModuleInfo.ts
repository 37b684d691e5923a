import { methods } from '../../base/schemas/generated.ts';
import { getModuleInfo as get } from '../../domain/modules/moduleInfo.ts';
import { operation } from '../operation.ts';

export const getModuleInfo = operation({
  summary: 'Show a module: its owners, its specification and its types.',
  effect: 'read',
  className: 'GetModuleInfoParams',
  delegated: true,
  needs: ['people'],
  method: {
    name: 'Workspace.get_module_info',
    auth: 'optional',
    ...methods.get_module_info,
    run: ({ reader, people, principal }, params) => get({ reader, people, user: principal }, params),
  },
});
