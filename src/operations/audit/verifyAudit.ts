import { commands } from '../../base/schemas/generated.ts';
import { prepareVerification, verifyAudit as verify } from '../../jobs/verifyAudit.ts';
import { jobView } from '../../jobs/view.ts';
import { preparedCommand } from '../operation.ts';

export const verifyAudit = preparedCommand({
  summary: 'Verify the sealed log of the audit, and kept receipts and checkpoints against it, as a job.',
  effect: 'write',
  long: true,
  needs: ['log'],
  command: {
    name: 'verifyAudit',
    ...commands.verifyAudit,
    beginsJob: true,
    // It writes nothing but its own job.
    readOnly: true,
    notRevertible: 'it changes nothing but its own job',
    examples: [
      { title: 'The whole log', params: {} },
      {
        title: 'Whether the record of a receipt is still there',
        params: {
          receipts: [
            {
              record: '6b0cd89a0000000112ab34cd-0',
              hash: 'a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3',
            },
          ],
        },
      },
    ],
  },
  prepare: async ({ log, dryRun }, request) => ({
    request,
    begun: await prepareVerification(log, request, { dryRun }),
  }),
  run: async ({ tx, initiator }, prepared) => jobView(await verify(tx, initiator, prepared)),
});
