import { commands } from '../../schemas/generated.ts';
import { undeleteWorkspace as undelete } from '../../workspaces/remove.ts';
import { command } from '../command.ts';

export const undeleteWorkspace = command({
  name: 'undeleteWorkspace',
  summary: 'Bring a deleted workspace back.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'WorkspaceIdentity',
  params: commands.undeleteWorkspace.params,
  result: commands.undeleteWorkspace.result,
  examples: [{ title: 'By id', params: { id: 1 } }],
  run: async ({ tx, authority }, params) => {
    await undelete(tx, authority, params);
    return null;
  },
});
