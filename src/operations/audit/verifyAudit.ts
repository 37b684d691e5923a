import { commands } from '../../base/schemas/generated.ts';
import { verifyAudit as verify } from '../../jobs/verifyAudit.ts';
import { jobView } from '../../jobs/view.ts';
import { operation } from '../operation.ts';

export const verifyAudit = operation({
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
    run: async ({ tx, log, initiator, authority }, params) =>
      jobView(await verify(tx, { log, initiator, authority }, params)),
  },
});
