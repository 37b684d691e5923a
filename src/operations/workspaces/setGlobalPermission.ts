import { commands, methods } from '../../base/schemas/generated.ts';
import { setGlobalPermission as setGlobal } from '../../domain/workspaces/share.ts';
import { operation } from '../operation.ts';

export const setGlobalPermission = operation({
  effect: 'write',
  className: 'SetGlobalPermissionsParams',
  command: {
    name: 'setGlobalPermission',
    summary: 'Set whether everybody may read a workspace, as a user who administers it.',
    user: 'subject',
    order: 'userFirst',
    takes: 'struct',
    ...commands.setGlobalPermission,
    examples: [
      { title: 'Open a workspace', user: 'auser', params: { workspace: 'auser:genomes', new_permission: 'r' } },
    ],
  },
  method: {
    name: 'Workspace.set_global_permission',
    summary: 'Set whether everybody may read a workspace.',
    auth: 'required',
    returnsValue: false,
    ...methods.set_global_permission,
  },
  run: async ({ tx, authority }, params) => {
    await setGlobal(tx, authority, params);
    return null;
  },
});
