import { commands } from '../../base/schemas/generated.ts';
import { setWorkspaceOwner as setOwner } from '../../domain/workspaces/owner.ts';
import { operation } from '../operation.ts';

export const setWorkspaceOwner = operation({
  summary: 'Give a workspace to another user; the old owner may still administer it.',
  effect: 'write',
  className: 'SetWorkspaceOwnerParams',
  lane: 'owners',
  needs: ['people'],
  command: {
    name: 'setWorkspaceOwner',
    takes: 'strict',
    ...commands.setWorkspaceOwner,
    examples: [
      {
        title: 'To a colleague, under another name',
        params: { wsi: { id: 1 }, new_user: 'auser', new_name: 'auser:genomes' },
      },
    ],
    run: setOwner,
  },
});
