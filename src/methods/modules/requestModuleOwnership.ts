import { requestModuleOwnership as request } from '../../modules/requests.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const requestModuleOwnership = method({
  name: 'Workspace.request_module_ownership',
  summary: 'Ask the administrators to make the caller the owner of a new module of types.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  delegated: true,
  params: methods.request_module_ownership.params,
  className: 'Module name',
  result: methods.request_module_ownership.result,
  run: ({ tx, caller }, module) => request(tx, caller, module),
});
