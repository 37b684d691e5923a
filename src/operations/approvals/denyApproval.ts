import { commands } from '../../base/schemas/generated.ts';
import { deny } from '../../domain/approvals/decide.ts';
import { viewOf } from '../../domain/approvals/view.ts';
import { operation } from '../operation.ts';
import { decidingOf } from './looking.ts';

export const denyApproval = operation({
  summary: 'Deny what somebody else asked to run.',
  effect: 'write',
  needs: ['rules', 'policyNamesOf'],
  command: {
    name: 'denyApproval',
    notRevertible: 'requests for approval, and their use, are never reverted',
    reserved: true,
    withoutApproval: true,
    ...commands.denyApproval,
    examples: [{ title: 'One request', params: { request: '6b04e15c3413ffb9138e1bc4', reason: 'the wrong user' } }],
    run: async (call, decision) => {
      const deciding = await decidingOf(call);
      return viewOf(deciding, { request: await deny(call.tx, deciding, decision), mayDecide: true });
    },
  },
});
