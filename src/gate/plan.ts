import { digest, keyedDigest, withPlaceholders } from '../store/changes.ts';
import { inSlices } from '../store/slices.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Passage } from './passage.ts';

export interface Plan {
  /** Exactly what would change, with `<id>` and `<instant>` for what the server would assign. */
  readonly changes: readonly unknown[];
  /** Keyed digest of the call, the revisions it read and the changes. It reveals no secrets. */
  readonly plan: string;
}

/** The plan of what the transaction has done so far. `key` is the key of the digest. */
export async function planOf(key: Buffer, passage: Passage, tx: Transaction): Promise<Plan> {
  if (tx.foreseen !== undefined) {
    const { sealed, shown } = tx.foreseen;
    return { ...shown, changes: withPlaceholders(shown.changes, tx.assignments), plan: seal(key, passage, [sealed]) };
  }
  const changes: unknown[] = [];
  const digests: string[] = [];
  await inSlices(tx.changes, async (slice) => {
    const shown = withPlaceholders(slice, tx.assignments);
    for (const change of shown) changes.push(change);
    digests.push(digest(shown));
  });
  return { changes, plan: seal(key, passage, [passage.validated?.params, [...tx.reads].sort(), digests]) };
}

/** The plan of a read, which changes nothing. */
export function emptyPlan(key: Buffer, passage: Passage): Plan {
  return { changes: [], plan: seal(key, passage, [passage.validated?.params, [], []]) };
}

function seal(key: Buffer, { command, decoded }: Passage, effect: readonly unknown[]): string {
  return keyedDigest(key, [command?.name, decoded?.user ?? null, ...effect]).replace('hmac:', '');
}
