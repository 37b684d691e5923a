import { commands } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const getTypeDelegationTarget = operation({
  summary: 'Show the service that type commands are delegated to, or null if this one runs them itself.',
  effect: 'read',
  needs: ['typeDelegationTarget'],
  command: {
    name: 'getTypeDelegationTarget',
    takes: 'ignored',
    ...commands.getTypeDelegationTarget,
    examples: [{ title: 'Where types are handled' }],
    run: async ({ typeDelegationTarget }) => ({ delegateTarget: typeDelegationTarget ?? null }),
  },
});
