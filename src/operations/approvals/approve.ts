import { commands } from '../../base/schemas/generated.ts';
import { approve as give } from '../../domain/approvals/decide.ts';
import { viewOf } from '../../domain/approvals/view.ts';
import { operation } from '../operation.ts';
import { decidingOf } from './looking.ts';

export const approve = operation({
  summary: 'Approve what somebody else asked to run, exactly as its plan shows.',
  effect: 'write',
  needs: ['rules', 'policyNamesOf'],
  command: {
    name: 'approve',
    notRevertible: 'requests for approval, and their use, are never reverted',
    reserved: true,
    withoutApproval: true,
    ...commands.approve,
    examples: [
      { title: 'One request', params: { request: '6b04e15c3413ffb9138e1bc4', reason: 'checked with the owner' } },
    ],
    run: async (call, decision) => {
      const deciding = await decidingOf(call);
      return viewOf(deciding, { request: await give(call.tx, deciding, decision), mayDecide: true });
    },
  },
});
