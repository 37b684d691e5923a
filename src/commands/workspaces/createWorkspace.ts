import { commands } from '../../schemas/generated.ts';
import { createWorkspace as create } from '../../workspaces/create.ts';
import { command, required } from '../command.ts';

export const createWorkspace = command({
  name: 'createWorkspace',
  summary: 'Make a workspace of a user, as that user.',
  effect: 'write',
  lane: 'workspaces',
  user: 'subject',
  order: 'userFirst',
  takes: 'struct',
  className: 'CreateWorkspaceParams',
  params: commands.createWorkspace.params,
  result: commands.createWorkspace.result,
  examples: [
    {
      title: 'A workspace that everybody may read',
      user: 'auser',
      params: { workspace: 'auser:genomes', globalread: 'r', description: 'Reference genomes' },
    },
  ],
  run: ({ tx, subject }, params) => create(tx, required(subject), params),
});
