import { commands, methods } from '../../base/schemas/generated.ts';
import { alterWorkspaceMetadata as alter } from '../../domain/workspaces/describe.ts';
import { operation } from '../operation.ts';

export const alterWorkspaceMetadata = operation({
  summary: 'Set and remove keys of the metadata of a workspace.',
  effect: 'write',
  className: 'AlterWorkspaceMetadataParams',
  command: {
    name: 'alterWorkspaceMetadata',
    ...commands.alterWorkspaceMetadata,
    examples: [
      {
        title: 'One key set, and one removed',
        params: { wsi: { id: 1 }, new: { organism: 'E. coli' }, remove: ['draft'] },
      },
    ],
  },
  method: {
    name: 'Workspace.alter_workspace_metadata',
    auth: 'required',
    returnsValue: false,
    ...methods.alter_workspace_metadata,
  },
  run: async ({ tx, authority }, params) => {
    await alter(tx, authority, params);
    return null;
  },
});
