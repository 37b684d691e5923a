import { commands } from '../../schemas/generated.ts';
import { listWorkspaceIds } from '../../workspaces/list.ts';
import { command } from '../command.ts';

export const listWorkspaceIDs = command({
  name: 'listWorkspaceIDs',
  summary: 'List the ids of the workspaces that a user sees.',
  effect: 'read',
  user: 'subject',
  order: 'userFirst',
  takes: 'struct',
  className: 'ListWorkspaceIDsParams',
  params: commands.listWorkspaceIDs.params,
  result: commands.listWorkspaceIDs.result,
  examples: [{ title: 'All, those that everybody may read included', user: 'auser', params: { excludeGlobal: 0 } }],
  run: ({ reader, authority }, params) => listWorkspaceIds(reader, authority, params),
});
