import { createHash } from 'node:crypto';
import type { TypeCount } from '../../jobs/job.ts';
import { bulkOf } from '../../store/bulk.ts';
import { type Change, canonicalJson, withPlaceholders } from '../../store/changes.ts';
import { cursorOf, readCursor } from '../../store/cursor.ts';
import type { Transaction } from '../../store/transaction.ts';
import { byCollection } from '../resources/collections.ts';
import type { Move } from './transfer.ts';

/** Which part of a plan is shown; the hash is of all of it. */
export interface Page {
  readonly cursor?: string;
  readonly limit?: number;
}

const PAGE = 100;
const LIST = 'plan';
/** So many sentences a plan shows. */
const MAX_EFFECTS = 1_000;

/** What else would be done. */
export interface Effect {
  /** What it depends on: the document and its revision. */
  readonly of: readonly (string | number)[];
  /** One sentence, with names. */
  readonly would: string;
}

/**
 * Has the transaction's plan be that of all these moves: its hash covers the revision of each item and everything that
 * would change in it. Nothing is changed.
 */
export async function foreseeMoves(
  tx: Transaction,
  what: unknown,
  batches: AsyncIterable<readonly Move[]>,
  types: readonly TypeCount[],
  { cursor, limit = PAGE }: Page = {},
  effects?: AsyncIterable<Effect>,
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
  tx.foresee({
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

/** What would change in each item of a batch, by its id, with `<instant>` for the time of the change. */
function effectsOf(tx: Transaction, batch: readonly Move[]): ReadonlyMap<string, unknown> {
  const noted = changesOf(batch);
  const shown = withPlaceholders(noted, tx.assignments);
  return new Map(noted.map(({ id }, i) => [id, shown[i]]));
}

/** What these moves change. */
function changesOf(moves: readonly Move[]): readonly Change[] {
  const changes = moves.flatMap((move) => ('change' in move ? [move.change] : []));
  return byCollection(changes, ({ before }) => before._id).flatMap(([of, some]) => bulkOf(of, some).noted);
}
