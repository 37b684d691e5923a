import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const getTypeDelegationTarget = command({
  name: 'getTypeDelegationTarget',
  summary: 'Show the service that type commands are delegated to, or null when this one runs them itself.',
  effect: 'read',
  user: 'ignored',
  order: 'userFirst',
  takes: 'ignored',
  params: commands.getTypeDelegationTarget.params,
  result: commands.getTypeDelegationTarget.result,
  examples: [{ title: 'Where types are handled' }],
  run: async ({ rooms }) => ({ delegateTarget: rooms.typeDelegationTarget ?? null }),
});
