import { listModRequests as list } from '../../modules/requests.ts';
import { commands } from '../../schemas/generated.ts';
import { operation } from '../operation.ts';

export const listModRequests = operation({
  summary: 'List the requests to own a new module of types that wait for a decision.',
  effect: 'read',
  delegated: true,
  needs: ['people'],
  command: {
    name: 'listModRequests',
    user: 'ignored',
    order: 'userFirst',
    takes: 'ignored',
    params: commands.listModRequests.params,
    result: commands.listModRequests.result,
    examples: [{ title: 'All of them' }],
    run: ({ reader, people }) => list(reader, people),
  },
});
