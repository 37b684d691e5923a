import { commands } from '../../base/schemas/generated.ts';
import { revertJob as revert } from '../../domain/ownership/revert.ts';
import { jobView } from '../../jobs/view.ts';
import { operation } from '../operation.ts';

export const revertJob = operation({
  summary: 'Take back what a job did, once: owners, names and grants become what they were.',
  effect: 'write',
  command: {
    name: 'revertJob',
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'closed',
    params: commands.revertJob.params,
    result: commands.revertJob.result,
    examples: [
      { title: 'One job', params: { id: '6b04e15c3413ffb9138e1bc4' } },
      { title: 'What a leaver had, to somebody else', params: { id: '6b04e15c3413ffb9138e1bc4', to: 'bob' } },
    ],
    run: async ({ tx, initiator, authority, planned }, params) =>
      jobView(await revert(tx, { initiator, authority, planned }, params)),
  },
});
