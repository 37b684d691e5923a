import { commands } from '../../schemas/generated.ts';
import { deleteWorkspace as remove } from '../../workspaces/remove.ts';
import { command } from '../command.ts';

export const deleteWorkspace = command({
  name: 'deleteWorkspace',
  summary: 'Delete a workspace; undeleteWorkspace brings it back.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'WorkspaceIdentity',
  params: commands.deleteWorkspace.params,
  result: commands.deleteWorkspace.result,
  examples: [{ title: 'By name', params: { workspace: 'auser:genomes' } }],
  run: async ({ tx, authority }, params) => {
    await remove(tx, authority, params);
    return null;
  },
});
