import { releaseModule as release } from '../../modules/release.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const releaseModule = method({
  name: 'Workspace.release_module',
  summary: 'Release the newest version of a module of the caller.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  delegated: true,
  params: methods.release_module.params,
  className: 'Module name',
  result: methods.release_module.result,
  run: ({ tx, caller }, module) => release(tx, caller, module),
});
