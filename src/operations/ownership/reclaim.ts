import { commands } from '../../base/schemas/generated.ts';
import { reclaim as give } from '../../domain/ownership/changeOwner.ts';
import { jobView } from '../../jobs/view.ts';
import { REVERTED_AS_JOB } from '../declared.ts';
import { operation } from '../operation.ts';

export const reclaim = operation({
  summary: 'Give everything that a former user owned to somebody else.',
  effect: 'write',
  long: true,
  command: {
    name: 'reclaim',
    confirm: {},
    beginsJob: true,
    notRevertible: REVERTED_AS_JOB,
    ...commands.reclaim,
    examples: [{ title: 'To the same person under a new account', params: { from: 'ann~1a2b3c4d', to: 'ann' } }],
    run: async ({ tx, initiator, authority, planned }, params) =>
      jobView(await give(tx, { initiator, authority, planned }, params)),
  },
});
