import { commands } from '../../schemas/generated.ts';
import { setGlobalPermission as setGlobal } from '../../workspaces/share.ts';
import { command } from '../command.ts';

export const setGlobalPermission = command({
  name: 'setGlobalPermission',
  summary: 'Let everybody read a workspace or no longer, as a user who administers it.',
  effect: 'write',
  user: 'subject',
  order: 'userFirst',
  takes: 'struct',
  className: 'SetGlobalPermissionsParams',
  params: commands.setGlobalPermission.params,
  result: commands.setGlobalPermission.result,
  examples: [{ title: 'Open a workspace', user: 'auser', params: { workspace: 'auser:genomes', new_permission: 'r' } }],
  run: async ({ tx, authority }, params) => {
    await setGlobal(tx, authority, params);
    return null;
  },
});
