import { defined } from '../../base/defined.ts';
import { type Job, type TypeCount, withOutcomes } from '../../jobs/job.ts';
import { type ItemException, type StepPlace, storeOutcome } from '../../jobs/parts.ts';
import type { Transaction } from '../../store/transaction.ts';
import { updateOwners } from '../access/changeOwners.ts';
import type { Move } from './transfer.ts';

/** Moves of one step of a job; `upTo` is set when items of the same part are left. */
interface AppliedMoves extends Omit<StepPlace, 'job'> {
  readonly upTo?: number;
  readonly moves: readonly Move[];
}

/** Carries out moves and stores the outcome of each. @returns the new counts */
export async function apply(
  tx: Transaction,
  { _id, types }: Pick<Job, '_id' | 'types'>,
  { moves, ...place }: AppliedMoves,
): Promise<TypeCount[]> {
  await updateOwners(
    tx,
    moves.flatMap((move) => ('change' in move ? [move.change] : [])),
  );
  storeOutcome(
    tx,
    { ...place, job: _id },
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
  return { id: item.id, outcome, reason, ...defined({ message }) };
}
