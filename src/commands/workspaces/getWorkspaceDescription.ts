import { commands } from '../../schemas/generated.ts';
import { getWorkspaceDescription as getDescription } from '../../workspaces/info.ts';
import { command } from '../command.ts';

export const getWorkspaceDescription = command({
  name: 'getWorkspaceDescription',
  summary: 'Show the description of a workspace.',
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'WorkspaceIdentity',
  params: commands.getWorkspaceDescription.params,
  result: commands.getWorkspaceDescription.result,
  examples: [{ title: 'By name', params: { workspace: 'auser:genomes' } }],
  run: ({ reader, authority }, params) => getDescription(reader, authority, params),
});
