import { commands } from '../../base/schemas/generated.ts';
import { listExpiring as list } from '../../domain/ownership/expiring.ts';
import { operation } from '../operation.ts';

export const listExpiring = operation({
  summary: 'List the grants, memberships of roles and rights of administrators that end soon, soonest first.',
  effect: 'read',
  needs: ['people', 'rules'],
  command: {
    name: 'listExpiring',
    ...commands.listExpiring,
    examples: [
      { title: 'What ends within a week', params: { within: 7 } },
      { title: 'What a user loses this month', params: { user: 'ann' } },
    ],
    run: ({ reader, people, rules, now }, query) => list({ reader, people, rules, now }, query),
  },
});
