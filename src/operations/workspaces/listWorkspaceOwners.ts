import { commands } from '../../base/schemas/generated.ts';
import { listWorkspaceOwners as list } from '../../domain/workspaces/list.ts';
import { operation } from '../operation.ts';

export const listWorkspaceOwners = operation({
  summary: 'List the names of all owners of workspaces.',
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'listWorkspaceOwners',
    takes: 'ignored',
    ...commands.listWorkspaceOwners,
    examples: [{ title: 'All owners' }],
    run: ({ reader, people }) => list(reader, people),
  },
});
