import { commands, methods } from '../../base/schemas/generated.ts';
import { getWorkspaceDescription as getDescription } from '../../domain/workspaces/info.ts';
import { operation } from '../operation.ts';

export const getWorkspaceDescription = operation({
  summary: 'Show the description of a workspace.',
  effect: 'read',
  className: 'WorkspaceIdentity',
  command: {
    name: 'getWorkspaceDescription',
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'struct',
    params: commands.getWorkspaceDescription.params,
    result: commands.getWorkspaceDescription.result,
    examples: [{ title: 'By name', params: { workspace: 'auser:genomes' } }],
  },
  method: {
    name: 'Workspace.get_workspace_description',
    auth: 'optional',
    returnsValue: true,
    params: methods.get_workspace_description.params,
    result: methods.get_workspace_description.result,
  },
  run: ({ reader, authority }, params) => getDescription(reader, authority, params),
});
