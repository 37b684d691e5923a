import { commands } from '../../base/schemas/generated.ts';
import { undeleteWorkspace as undelete } from '../../domain/workspaces/remove.ts';
import { operation } from '../operation.ts';

export const undeleteWorkspace = operation({
  summary: 'Restore a deleted workspace.',
  effect: 'write',
  className: 'WorkspaceIdentity',
  command: {
    name: 'undeleteWorkspace',
    takes: 'struct',
    ...commands.undeleteWorkspace,
    examples: [{ title: 'By id', params: { id: 1 } }],
    run: async ({ tx, authority }, params) => {
      await undelete(tx, authority, params);
      return null;
    },
  },
});
