import { createHash } from 'node:crypto';
import type { TypeCount } from '../jobs/job.ts';
import { resources } from '../resources/resource.ts';
import { bulkOf } from '../store/bulk.ts';
import { canonicalJson } from '../store/changes.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Move } from './transfer.ts';

/** Which part of a plan is shown; the hash is of all of it. */
export interface Page {
  readonly cursor?: string;
  readonly limit?: number;
}

const PAGE = 100;

/**
 * Has the transaction's plan be that of all these moves: its hash covers the revision of each item, and what would become
 * of it. Nothing is changed.
 */
export async function foreseeMoves(
  tx: Transaction,
  what: unknown,
  batches: AsyncIterable<readonly Move[]>,
  types: readonly TypeCount[],
  { cursor = '0', limit = PAGE }: Page = {},
): Promise<void> {
  const hash = createHash('sha256').update(canonicalJson(what));
  const start = Number(cursor);
  const shown: Move[] = [];
  let total = 0;
  for await (const batch of batches) {
    for (const move of batch) {
      hash.update(JSON.stringify([move.item.id, 'change' in move ? move.change.before.revision : move.reason]));
      if (total >= start && shown.length < limit) shown.push(move);
      total += 1;
    }
  }
  const changes = bulkOf(
    resources,
    shown.flatMap((move) => ('change' in move ? [move.change] : [])),
  ).noted;
  const items = shown.map((move) => ({
    ...move.item,
    ...('change' in move
      ? { name: move.change.before.name, outcome: 'moved' }
      : { outcome: move.outcome, reason: move.reason }),
  }));
  const next = start + shown.length;
  tx.foresee({
    sealed: hash.digest('hex'),
    shown: {
      changes,
      total,
      types: types.map((count) => ({ type: count.type, total: count.total })),
      items,
      ...(next < total ? { next: String(next) } : {}),
    },
  });
}
