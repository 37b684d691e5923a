import { commands } from '../../base/schemas/generated.ts';
import { changeOwner as change } from '../../domain/ownership/changeOwner.ts';
import { jobView } from '../../jobs/view.ts';
import { REVERTED_AS_JOB } from '../declared.ts';
import { operation } from '../operation.ts';

export const changeOwner = operation({
  summary:
    'Give everything that a user or a role owns, or a selection of it, to another, as a job that can be reverted.',
  effect: 'write',
  long: true,
  command: {
    name: 'changeOwner',
    confirm: {},
    beginsJob: true,
    notRevertible: REVERTED_AS_JOB,
    ...commands.changeOwner,
    examples: [
      { title: 'Everything', params: { from: 'ann', to: 'bob' } },
      { title: 'A selection', params: { from: 'ann', to: 'bob', types: ['plate', 'screen'], name: 'HeLa*' } },
    ],
    run: async ({ tx, initiator, authority, planned }, params) =>
      jobView(await change(tx, { initiator, authority, planned }, params)),
  },
});
