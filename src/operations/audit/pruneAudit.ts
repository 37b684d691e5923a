import { commands } from '../../base/schemas/generated.ts';
import { prepareSnapshot, pruneTo } from '../../domain/state/pruneAudit.ts';
import { preparedCommand } from '../operation.ts';

export const pruneAudit = preparedCommand({
  summary:
    'Remove the text of old audit records, for good; their hashes stay, and a signed snapshot of what they said.',
  effect: 'write',
  needs: ['pruning'],
  lane: 'none',
  command: {
    name: 'pruneAudit',
    reserved: true,
    notRevertible: 'what was removed is gone',
    ...commands.pruneAudit,
    examples: [{ title: 'All that was sealed before last year', params: { before: '2025-01-01T00:00:00Z' } }],
  },
  prepare: ({ pruning, now, dryRun }, { before }) => prepareSnapshot(pruning, { before, now, dryRun }),
  run: ({ tx }, prepared) => pruneTo(tx, prepared),
});
