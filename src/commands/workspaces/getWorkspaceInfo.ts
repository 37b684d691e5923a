import { commands } from '../../schemas/generated.ts';
import { getWorkspaceInfo as getInfo } from '../../workspaces/info.ts';
import { command } from '../command.ts';

export const getWorkspaceInfo = command({
  name: 'getWorkspaceInfo',
  summary: 'Show a workspace: owner, last change, lock, metadata.',
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'tolerant',
  className: 'WorkspaceIdentity',
  params: commands.getWorkspaceInfo.params,
  result: commands.getWorkspaceInfo.result,
  examples: [{ title: 'By id', params: { id: 1 } }],
  run: ({ reader, rooms, authority }, params) => getInfo(reader, rooms.people, authority, params),
});
