import { commands } from '../../base/schemas/generated.ts';
import { listAllWorkspaces as list } from '../../domain/workspaces/listAll.ts';
import { operation } from '../operation.ts';

export const listAllWorkspaces = operation({
  summary: 'List every workspace, a page at a time.',
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'listAllWorkspaces',
    ...commands.listAllWorkspaces,
    examples: [{ title: 'The deleted ones of a user', params: { owner: 'auser', state: 'deleted' } }],
    run: ({ reader, people }, params) => list(reader, people, params),
  },
});
