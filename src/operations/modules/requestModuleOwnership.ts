import { methods } from '../../base/schemas/generated.ts';
import { requestModuleOwnership as request } from '../../domain/modules/requests.ts';
import { operation } from '../operation.ts';

export const requestModuleOwnership = operation({
  summary: 'Request to own a new module of types, which an administrator approves.',
  effect: 'write',
  className: 'Module name',
  delegated: true,
  method: {
    name: 'Workspace.request_module_ownership',
    auth: 'required',
    returnsValue: false,
    ...methods.request_module_ownership,
    run: ({ tx, principal }, module) => request(tx, principal, module),
  },
});
