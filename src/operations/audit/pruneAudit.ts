import { commands } from '../../base/schemas/generated.ts';
import { beginPruning, findPrunable } from '../../domain/state/pruneAudit.ts';
import { jobView } from '../../jobs/view.ts';
import { preparedCommand } from '../operation.ts';

export const pruneAudit = preparedCommand({
  summary:
    'Remove the text of old audit records, for good, as a job; their hashes stay, and a signed snapshot of what they said.',
  effect: 'write',
  long: true,
  needs: ['pruning'],
  lane: 'none',
  command: {
    name: 'pruneAudit',
    confirm: {},
    beginsJob: true,
    reserved: true,
    notRevertible: 'what was removed is gone',
    ...commands.pruneAudit,
    examples: [{ title: 'All that was sealed before last year', params: { before: '2025-01-01T00:00:00Z' } }],
  },
  prepare: ({ pruning, now }, { before }) => findPrunable(pruning, { before, now }),
  run: async ({ tx, initiator }, prunable) => jobView(await beginPruning(tx, initiator, prunable)),
});
