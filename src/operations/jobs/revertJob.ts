import { commands } from '../../base/schemas/generated.ts';
import { revertJob as revert } from '../../domain/ownership/revert.ts';
import { jobView } from '../../jobs/view.ts';
import { REVERTED_AS_JOB } from '../declared.ts';
import { operation } from '../operation.ts';

export const revertJob = operation({
  summary: 'Revert a job, once: restore owners, names and grants.',
  effect: 'write',
  long: true,
  command: {
    name: 'revertJob',
    confirm: {},
    beginsJob: true,
    notRevertible: REVERTED_AS_JOB,
    reserved: true,
    ...commands.revertJob,
    examples: [
      { title: 'One job', params: { id: '6b04e15c3413ffb9138e1bc4' } },
      {
        title: 'The resources of a user who left, to somebody else',
        params: { id: '6b04e15c3413ffb9138e1bc4', to: 'bob' },
      },
    ],
    run: async ({ tx, initiator, authority, planned }, params) =>
      jobView(await revert(tx, { initiator, authority, planned }, params)),
  },
});
