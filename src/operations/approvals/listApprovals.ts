import { commands } from '../../base/schemas/generated.ts';
import { listApprovals as list } from '../../domain/approvals/view.ts';
import { operation } from '../operation.ts';
import { lookingOf } from './looking.ts';

export const listApprovals = operation({
  summary: 'List the requests for approval that you made or may decide about, the newest first, a page at a time.',
  effect: 'read',
  needs: ['rules', 'policyNamesOf'],
  command: {
    name: 'listApprovals',
    open: true,
    withoutApproval: true,
    ...commands.listApprovals,
    examples: [{ title: 'What waits for approval', params: { state: 'open' } }],
    run: async (call, query) => list(call.reader, await lookingOf(call), query),
  },
});
