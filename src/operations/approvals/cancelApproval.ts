import { commands } from '../../base/schemas/generated.ts';
import { cancel } from '../../domain/approvals/decide.ts';
import { viewOf } from '../../domain/approvals/view.ts';
import { operation } from '../operation.ts';
import { decidingOf } from './looking.ts';

export const cancelApproval = operation({
  summary: 'Withdraw a request for approval that you made.',
  effect: 'write',
  needs: ['rules', 'policyNamesOf'],
  command: {
    name: 'cancelApproval',
    notRevertible: 'requests for approval, and their use, are never reverted',
    open: true,
    undeniable: true,
    withoutApproval: true,
    ...commands.cancelApproval,
    examples: [{ title: 'One request', params: { request: '6b04e15c3413ffb9138e1bc4' } }],
    run: async (call, what) => {
      const deciding = await decidingOf(call);
      return viewOf(deciding, { request: await cancel(call.tx, deciding, what), mayDecide: false });
    },
  },
});
