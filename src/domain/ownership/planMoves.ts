import { createHash } from 'node:crypto';
import type { TypeCount } from '../../jobs/job.ts';
import { bulkOf } from '../../store/bulk.ts';
import { type Change, canonicalJson, withPlaceholders } from '../../store/changes.ts';
import { cursorOf, readCursor } from '../../store/cursor.ts';
import type { Transaction } from '../../store/transaction.ts';
import { byCollection } from '../resources/collections.ts';
import type { Move } from './transfer.ts';

/** The part of a plan that is shown; its hash is of the whole plan. */
export interface Page {
  readonly cursor?: string;
  readonly limit?: number;
}

const PAGE = 100;
const LIST = 'plan';
/** The most effects that a plan shows. */
const MAX_EFFECTS = 1_000;

/** Something else that would be done. */
export interface Effect {
  /** What it depends on: the document and its revision. */
  readonly of: readonly (string | number)[];
  /** A sentence, with names. */
  readonly would: string;
}

interface PlannedMoves {
  /** What is planned, for the hash. */
  readonly what: unknown;
  readonly batches: AsyncIterable<readonly Move[]>;
  readonly types: readonly TypeCount[];
  readonly page?: Page;
  readonly effects?: AsyncIterable<Effect>;
}

/**
 * Makes these moves the transaction's plan, without changing anything. The hash of the plan covers the revision of each
 * item and everything that would change in it.
 */
export async function planMoves(
  tx: Transaction,
  { what, batches, types, page: { cursor, limit = PAGE } = {}, effects }: PlannedMoves,
): Promise<void> {
  const hash = createHash('sha256').update(canonicalJson(what));
  const sentences: string[] = [];
  for await (const { of, would } of effects ?? []) {
    hash.update(canonicalJson([of, would]));
    if (sentences.length < MAX_EFFECTS) sentences.push(would);
  }
  const [start] = cursor === undefined ? [0] : readCursor(LIST, cursor, ['count']);
  const shown: Move[] = [];
  let total = 0;
  for await (const batch of batches) {
    const effects = effectsOf(tx, batch);
    for (const move of batch) {
      const { id } = move.item;
      const effect = 'change' in move ? [move.change.before.revision, effects.get(id)] : [move.outcome, move.reason];
      hash.update(canonicalJson([id, effect]));
      if (total >= start && shown.length < limit) shown.push(move);
      total += 1;
    }
  }
  const changes = changesOf(shown);
  const items = shown.map((move) => ({
    ...move.item,
    ...('change' in move
      ? { name: move.change.before.name, outcome: 'wouldMove' }
      : { outcome: move.outcome === 'failed' ? 'wouldFail' : 'wouldSkip', reason: move.reason }),
  }));
  const next = start + shown.length;
  tx.planLaterWork({
    sealed: hash.digest('hex'),
    shown: {
      changes,
      total,
      types: types.map((count) => ({ type: count.type, total: count.total })),
      items,
      ...(effects === undefined ? {} : { effects: sentences }),
      ...(next < total ? { next: cursorOf(LIST, next) } : {}),
    },
  });
}

/** The changes of each item of a batch, by its id, with `<instant>` for the time. */
function effectsOf(tx: Transaction, batch: readonly Move[]): ReadonlyMap<string, unknown> {
  const noted = changesOf(batch);
  const shown = withPlaceholders(noted, tx.assignments);
  return new Map(noted.map(({ id }, i) => [id, shown[i]]));
}

function changesOf(moves: readonly Move[]): readonly Change[] {
  const changes = moves.flatMap((move) => ('change' in move ? [move.change] : []));
  return byCollection(changes, ({ before }) => before._id).flatMap(([of, some]) => bulkOf(of, some).noted);
}
