import type { Database } from '../../store/database.ts';
import { SETTLED_SECONDS } from '../settled.ts';
import { logHead, sealedAmong } from './segments.ts';
import { type StoredBatch, storedBatches } from './unsealed.ts';

/** Some batches of those that are stored, in the order of their ids. */
export interface BesidePage {
  /** The highest id among all that were looked at. */
  readonly last: string;
  /** Those that are not in the log. */
  readonly beside: readonly BesideBatch[];
}

interface BesideBatch extends StoredBatch {
  /** Whether the sealer has passed its time, so that it was inserted past the service. If not, it may yet be sealed. */
  readonly isInserted: boolean;
}

/** All stored batches, a page at a time, beginning after this id: which of them are not in the log. */
export async function* besideLog(database: Database, after: string): AsyncGenerator<BesidePage> {
  const { through } = await logHead(database);
  const settled = (through?.t ?? 0) - SETTLED_SECONDS;
  for await (const page of storedBatches(database, after)) {
    const open = await notSealed(database, page);
    // Some may have been sealed between the two questions.
    const beside = await notSealed(database, open);
    const last = page.at(-1)?.id;
    if (last === undefined) continue;
    yield {
      last,
      beside: beside.map((batch) => ({ ...batch, isInserted: Number.parseInt(batch.id.slice(0, 8), 16) < settled })),
    };
  }
}

async function notSealed(database: Database, batches: readonly StoredBatch[]): Promise<readonly StoredBatch[]> {
  const ids = batches.map(({ id }) => id);
  const sealed = await sealedAmong(database, ids);
  return batches.filter(({ id }) => !sealed.has(id));
}
