import { commands } from '../../schemas/generated.ts';
import { renameWorkspace as rename } from '../../workspaces/rename.ts';
import { command } from '../command.ts';

export const renameWorkspace = command({
  name: 'renameWorkspace',
  summary: 'Give a workspace another name.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'RenameWorkspaceParams',
  params: commands.renameWorkspace.params,
  result: commands.renameWorkspace.result,
  examples: [{ title: 'A better name', params: { wsi: { id: 1 }, new_name: 'auser:refgenomes' } }],
  run: ({ tx, rooms, authority }, params) => rename(tx, rooms.people, authority, params),
});
