import { commands, methods } from '../../base/schemas/generated.ts';
import { setWorkspaceDescription as setDescription } from '../../domain/workspaces/describe.ts';
import { operation } from '../operation.ts';

export const setWorkspaceDescription = operation({
  summary: 'Set the description of a workspace, or remove it.',
  effect: 'write',
  className: 'SetWorkspaceDescriptionParams',
  command: {
    name: 'setWorkspaceDescription',
    takes: 'tolerant',
    ...commands.setWorkspaceDescription,
    examples: [{ title: 'A new description', params: { id: 1, description: 'Reference genomes' } }],
  },
  method: {
    name: 'Workspace.set_workspace_description',
    auth: 'required',
    returnsValue: false,
    ...methods.set_workspace_description,
  },
  run: async ({ tx, authority }, params) => {
    await setDescription(tx, authority, params);
    return null;
  },
});
