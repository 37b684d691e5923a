import { commands } from '../../schemas/generated.ts';
import { setWorkspaceDescription as setDescription } from '../../workspaces/describe.ts';
import { command } from '../command.ts';

export const setWorkspaceDescription = command({
  name: 'setWorkspaceDescription',
  summary: 'Set the description of a workspace, or take it away.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'tolerant',
  className: 'SetWorkspaceDescriptionParams',
  params: commands.setWorkspaceDescription.params,
  result: commands.setWorkspaceDescription.result,
  examples: [{ title: 'A new description', params: { id: 1, description: 'Reference genomes' } }],
  run: async ({ tx, authority }, params) => {
    await setDescription(tx, authority, params);
    return null;
  },
});
