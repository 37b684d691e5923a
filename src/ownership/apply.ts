import type { Job, TypeCount } from '../jobs/job.ts';
import { withOutcomes } from '../jobs/job.ts';
import { type ItemException, keepOutcome } from '../jobs/parts.ts';
import { resources } from '../resources/resource.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Move } from './transfer.ts';

/** Carries the moves of one part out, and writes down what became of each; the counts with them. */
export async function apply(
  tx: Transaction,
  { _id, types }: Pick<Job, '_id' | 'types'>,
  part: number,
  moves: readonly Move[],
): Promise<TypeCount[]> {
  await tx.updateEach(
    resources,
    moves.flatMap((move) => ('change' in move ? [move.change] : [])),
  );
  const exceptions = moves.flatMap((move): ItemException[] =>
    'change' in move ? [] : [{ id: move.item.id, outcome: move.outcome, reason: move.reason }],
  );
  keepOutcome(tx, _id, part, exceptions);
  return withOutcomes(
    types,
    moves.map((move) => ({ type: move.item.type, outcome: 'change' in move ? 'moved' : move.outcome })),
  );
}
