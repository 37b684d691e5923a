import { methods } from '../../base/schemas/generated.ts';
import { cloneWorkspace as clone } from '../../domain/objects/clone.ts';
import { operation } from '../operation.ts';

export const cloneWorkspace = operation({
  summary: 'Clone a workspace that the caller can read.',
  effect: 'write',
  long: true,
  className: 'CloneWorkspaceParams',
  lane: 'none',
  method: {
    name: 'Workspace.clone_workspace',
    auth: 'required',
    ...methods.clone_workspace,
    run: async ({ tx, authority }, params) => clone(tx, authority, params),
  },
});
