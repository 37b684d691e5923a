import { commands, methods } from '../../base/schemas/generated.ts';
import { createWorkspace as create } from '../../domain/workspaces/create.ts';
import { operation } from '../operation.ts';

export const createWorkspace = operation({
  effect: 'write',
  className: 'CreateWorkspaceParams',
  lane: 'workspaces',
  command: {
    name: 'createWorkspace',
    summary: 'Make a workspace of a user, as that user.',
    user: 'subject',
    order: 'userFirst',
    takes: 'struct',
    ...commands.createWorkspace,
    examples: [
      {
        title: 'A workspace that everybody may read',
        user: 'auser',
        params: { workspace: 'auser:genomes', globalread: 'r', description: 'Reference genomes' },
      },
    ],
  },
  method: {
    name: 'Workspace.create_workspace',
    summary: 'Make a workspace of the caller.',
    auth: 'required',
    ...methods.create_workspace,
  },
  run: ({ tx, principal }, params) => create(tx, principal, params),
});
