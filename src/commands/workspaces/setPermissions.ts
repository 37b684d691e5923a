import { commands } from '../../schemas/generated.ts';
import { setPermissionsOnMany } from '../../workspaces/shareMany.ts';
import { command } from '../command.ts';

export const setPermissions = command({
  name: 'setPermissions',
  summary: 'Give users a permission on a workspace, or on many, or withdraw it.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'SetPermissionsParams',
  params: commands.setPermissions.params,
  result: commands.setPermissions.result,
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
  run: ({ tx, rooms, authority }, params) => setPermissionsOnMany(tx, rooms.people, authority, params),
});
