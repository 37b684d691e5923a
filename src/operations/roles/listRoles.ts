import { commands } from '../../base/schemas/generated.ts';
import { listRoles as list } from '../../identity/roleMembers.ts';
import { operation } from '../operation.ts';

export const listRoles = operation({
  summary: 'List the roles and how many members each has, or one of them with its members.',
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'listRoles',
    ...commands.listRoles,
    examples: [
      { title: 'One with its members', params: { name: 'curators' } },
      { title: 'Those of a user', params: { member: 'auser' } },
    ],
    run: ({ reader, people, now }, query) => list({ reader, people, at: now }, query),
  },
});
