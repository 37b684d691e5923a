import { listModRequests as list } from '../../modules/requests.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const listModRequests = command({
  name: 'listModRequests',
  summary: 'List the requests to own a new module of types that wait for a decision.',
  effect: 'read',
  user: 'ignored',
  order: 'userFirst',
  takes: 'ignored',
  delegated: true,
  params: commands.listModRequests.params,
  result: commands.listModRequests.result,
  examples: [{ title: 'All of them' }],
  run: ({ reader, rooms }) => list(reader, rooms.people),
});
