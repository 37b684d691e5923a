import { commands } from '../../base/schemas/generated.ts';
import { listModRequests as list } from '../../domain/modules/requests.ts';
import { operation } from '../operation.ts';

export const listModRequests = operation({
  summary: 'List the pending requests to own a new module of types.',
  effect: 'read',
  delegated: true,
  needs: ['people'],
  command: {
    name: 'listModRequests',
    takes: 'ignored',
    ...commands.listModRequests,
    examples: [{ title: 'All of them' }],
    run: ({ reader, people }) => list(reader, people),
  },
});
