import { commands } from '../../base/schemas/generated.ts';
import { beginStateJob, prepareStateJob } from '../../domain/state/stateJob.ts';
import { jobView } from '../../jobs/view.ts';
import { preparedCommand } from '../operation.ts';

export const verifyState = preparedCommand({
  summary: 'Compare who owns what, who may do what and who is who with what the audit records say, as a job.',
  effect: 'write',
  long: true,
  needs: ['verifying'],
  command: {
    name: 'verifyState',
    ...commands.verifyState,
    beginsJob: true,
    // It writes nothing but its own job.
    readOnly: true,
    notRevertible: 'it changes nothing but its own job',
    examples: [{ title: 'Begin, and get the result at once if there is not much to read', params: {} }],
  },
  prepare: ({ verifying, dryRun }) => prepareStateJob(verifying, { dryRun }),
  run: async ({ tx, initiator }, begun) => jobView(await beginStateJob(tx, initiator, begun)),
});
