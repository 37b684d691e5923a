import { methods } from '../../base/schemas/generated.ts';
import { listModules as list } from '../../domain/modules/moduleInfo.ts';
import { operation } from '../operation.ts';

export const listModules = operation({
  summary: 'List the names of modules.',
  effect: 'read',
  className: 'ListModulesParams',
  delegated: true,
  method: {
    name: 'Workspace.list_modules',
    auth: 'none',
    ...methods.list_modules,
    run: ({ reader }, params) => list(reader, params),
  },
});
