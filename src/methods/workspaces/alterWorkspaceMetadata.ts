import { methods } from '../../schemas/generated.ts';
import { alterWorkspaceMetadata as alter } from '../../workspaces/describe.ts';
import { method } from '../method.ts';

export const alterWorkspaceMetadata = method({
  name: 'Workspace.alter_workspace_metadata',
  summary: 'Set and remove keys of the metadata of a workspace.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.alter_workspace_metadata.params,
  className: 'AlterWorkspaceMetadataParams',
  result: methods.alter_workspace_metadata.result,
  run: async ({ tx, authority }, params) => alter(tx, authority, params),
});
