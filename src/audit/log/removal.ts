import { refuse } from '../../base/errors.ts';
import { collection, type Reader, type Stored } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';
import { batchIn } from '../query.ts';
import { auditCollection } from '../record.ts';
import { auditSegments, type Segment, segmentsFrom } from './segments.ts';
import { prunedBelow } from './snapshots.ts';

/** The database, with an account that may delete records. */
export interface Pruner {
  readonly open: () => Promise<{ readonly database: Database; readonly close: () => Promise<void> }>;
}

/** The parts in which the changes of some records are stored. */
const withParts = collection<Stored & { readonly records: readonly RecordParts[] }>(auditCollection.name);

interface RecordParts {
  readonly changeParts?: readonly { readonly id: string }[];
}

/**
 * Removes the records before the size to which the log is pruned, segment by segment, with the parts that hold their changes. It
 * can be ended and repeated at any point. Their leaf hashes stay in the segments.
 *
 * @returns how many segments were gone through
 */
export async function removePruned(database: Database, pruner: Pruner, signal: AbortSignal): Promise<number> {
  const pruned = await prunedBelow(database);
  if (pruned === 0 || !(await hasRecords(database, pruned))) return 0;
  const { database: deleting, close } = await pruner.open();
  let segments = 0;
  try {
    for await (const segment of segmentsFrom(database, 0)) {
      if (signal.aborted || segment.size > pruned) return segments;
      await removeSegment(database, deleting, segment);
      segments += 1;
    }
    return segments;
  } finally {
    await close();
  }
}

/** The last segment is removed last, and its first batch last of all. */
async function hasRecords(reader: Reader, pruned: number): Promise<boolean> {
  for await (const { batches, size } of segmentsFrom(reader, pruned - 1)) {
    if (size > pruned) return false;
    const ids = batches.map(({ id }) => id);
    return (await reader.parts(auditCollection, { _id: { $in: ids } }, { fields: [], limit: 1 })).length > 0;
  }
  return false;
}

/** Throws if this record is in the log, and its text was removed. @throws record_pruned */
export async function assertNotPruned(reader: Reader, record: string): Promise<void> {
  const pruned = await prunedBelow(reader);
  if (pruned === 0) return;
  const [found] = await reader.parts(
    auditSegments,
    { 'batches.id': { $eq: batchIn(record) } },
    { fields: ['first'], limit: 1 },
  );
  if (found !== undefined && found.first < pruned) throw refuse('record_pruned', `the record ${record}`);
}

async function removeSegment(database: Database, deleting: Database, { batches }: Segment): Promise<void> {
  const ids = batches.map(({ id }) => id);
  const found = await database.parts(
    withParts,
    { _id: { $in: ids }, 'records.changeParts': { $exists: true } },
    {
      fields: ['records'],
    },
  );
  const parts = found.flatMap(({ records }) =>
    records.flatMap(({ changeParts = [] }) => changeParts.map(({ id }) => id)),
  );
  // The parts first: they are only found by the records.
  await deleting.removeIds(auditCollection, parts);
  await deleting.removeIds(auditCollection, ids);
}
