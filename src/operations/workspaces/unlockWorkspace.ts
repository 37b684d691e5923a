import { commands } from '../../base/schemas/generated.ts';
import { unlockWorkspace as unlock } from '../../domain/workspaces/lock.ts';
import { operation } from '../operation.ts';

export const unlockWorkspace = operation({
  summary: 'Unlock a workspace.',
  effect: 'write',
  className: 'WorkspaceIdentity',
  needs: ['people'],
  command: {
    name: 'unlockWorkspace',
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'struct',
    params: commands.unlockWorkspace.params,
    result: commands.unlockWorkspace.result,
    examples: [{ title: 'By id', params: { id: 1 } }],
    run: unlock,
  },
});
