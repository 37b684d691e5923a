import { commands } from '../../schemas/generated.ts';
import { setWorkspaceOwner as setOwner } from '../../workspaces/owner.ts';
import { command } from '../command.ts';

export const setWorkspaceOwner = command({
  name: 'setWorkspaceOwner',
  summary: 'Give a workspace to another user; the old owner may still administer it.',
  effect: 'write',
  lane: 'workspaces',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'strict',
  className: 'SetWorkspaceOwnerParams',
  params: commands.setWorkspaceOwner.params,
  result: commands.setWorkspaceOwner.result,
  examples: [
    {
      title: 'To a colleague, under another name',
      params: { wsi: { id: 1 }, new_user: 'auser', new_name: 'auser:genomes' },
    },
  ],
  run: ({ tx, rooms, authority }, params) => setOwner(tx, rooms.people, authority, params),
});
