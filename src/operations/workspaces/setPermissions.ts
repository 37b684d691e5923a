import { commands, methods } from '../../base/schemas/generated.ts';
import { setPermissions as share } from '../../domain/workspaces/share.ts';
import { setPermissionsOnMany } from '../../domain/workspaces/shareMany.ts';
import { operation } from '../operation.ts';

export const setPermissions = operation({
  effect: 'write',
  className: 'SetPermissionsParams',
  needs: ['people'],
  command: {
    name: 'setPermissions',
    summary: 'Give users a permission on a workspace, or on many, or withdraw it.',
    takes: 'struct',
    ...commands.setPermissions,
    examples: [
      {
        title: 'Let two users write',
        params: { workspace: 'auser:genomes', new_permission: 'w', users: ['buser', 'cuser'] },
      },
      {
        title: 'Withdraw it on many, as far as possible',
        params: { workspaces: [{ id: 1 }, { id: 2 }], new_permission: 'n', users: ['buser'], ignoreErrors: 1 },
      },
    ],
    run: setPermissionsOnMany,
  },
  method: {
    name: 'Workspace.set_permissions',
    summary: 'Give users a permission on a workspace, or withdraw it.',
    auth: 'required',
    returnsValue: false,
    ...methods.set_permissions,
    run: share,
  },
});
