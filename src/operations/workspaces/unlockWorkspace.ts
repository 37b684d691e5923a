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
    takes: 'struct',
    ...commands.unlockWorkspace,
    examples: [{ title: 'By id', params: { id: 1 } }],
    run: unlock,
  },
});
