import type { Job, TypeCount } from '../../jobs/job.ts';
import { withOutcomes } from '../../jobs/job.ts';
import { type ItemException, keepOutcome, type StepPlace } from '../../jobs/parts.ts';
import type { Transaction } from '../../store/transaction.ts';
import { updateOwners } from '../access/changeOwners.ts';
import type { Move } from './transfer.ts';

/**
 * Carries moves out, and writes down what became of each; the counts with them.
 *
 * @param place where in the job they stand; `upTo` where items of the same part are left
 */
export async function apply(
  tx: Transaction,
  { _id, types }: Pick<Job, '_id' | 'types'>,
  place: StepPlace & { readonly upTo?: number },
  moves: readonly Move[],
): Promise<TypeCount[]> {
  await updateOwners(
    tx,
    moves.flatMap((move) => ('change' in move ? [move.change] : [])),
  );
  keepOutcome(
    tx,
    _id,
    place,
    moves.flatMap((move) => exceptionOf(move) ?? []),
  );
  return withOutcomes(
    types,
    moves.map((move) => ({ type: move.item.type, outcome: 'change' in move ? 'moved' : move.outcome })),
  );
}

function exceptionOf(move: Move): ItemException | undefined {
  if ('change' in move) return undefined;
  const { item, outcome, reason, message } = move;
  return { id: item.id, outcome, reason, ...(message === undefined ? {} : { message }) };
}
