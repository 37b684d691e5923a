import { methods } from '../../base/schemas/generated.ts';
import { releaseModule as release } from '../../domain/modules/release.ts';
import { operation } from '../operation.ts';

export const releaseModule = operation({
  summary: 'Release the newest version of a module of the caller.',
  effect: 'write',
  className: 'Module name',
  delegated: true,
  method: {
    name: 'Workspace.release_module',
    auth: 'required',
    ...methods.release_module,
    run: ({ tx, principal }, module) => release(tx, principal, module),
  },
});
