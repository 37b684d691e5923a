import { commands } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const getTypeDelegationTarget = operation({
  summary: 'Show the service that type commands are delegated to, or null if this one runs them itself.',
  effect: 'read',
  needs: ['typeDelegationTarget'],
  command: {
    name: 'getTypeDelegationTarget',
    user: 'ignored',
    order: 'userFirst',
    takes: 'ignored',
    params: commands.getTypeDelegationTarget.params,
    result: commands.getTypeDelegationTarget.result,
    examples: [{ title: 'Where types are handled' }],
    run: async ({ typeDelegationTarget }) => ({ delegateTarget: typeDelegationTarget ?? null }),
  },
});
