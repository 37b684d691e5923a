import { commands, methods } from '../../base/schemas/generated.ts';
import { getWorkspaceDescription as getDescription } from '../../domain/workspaces/info.ts';
import { operation } from '../operation.ts';

export const getWorkspaceDescription = operation({
  summary: 'Show the description of a workspace.',
  effect: 'read',
  className: 'WorkspaceIdentity',
  command: {
    name: 'getWorkspaceDescription',
    takes: 'struct',
    ...commands.getWorkspaceDescription,
    examples: [{ title: 'By name', params: { workspace: 'auser:genomes' } }],
  },
  method: {
    name: 'Workspace.get_workspace_description',
    auth: 'optional',
    ...methods.get_workspace_description,
  },
  run: ({ reader, authority }, params) => getDescription(reader, authority, params),
});
