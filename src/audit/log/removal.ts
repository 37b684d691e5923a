import { refuse } from '../../base/errors.ts';
import { collection, type Reader, type Stored } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';
import { batchIn } from '../query.ts';
import { auditCollection } from '../record.ts';
import { auditSegments, logHead, type Segment, segmentWith } from './segments.ts';

/** The database, with an account that may delete records. */
export interface Pruner {
  readonly open: () => Promise<{ readonly database: Database; readonly close: () => Promise<void> }>;
}

/** The parts in which the changes of some records are stored. */
const withParts = collection<Stored & { readonly records: readonly RecordParts[] }>(auditCollection.name);

interface RecordParts {
  readonly changeParts?: readonly { readonly id: string }[];
}

/** Whether records before this size of the log are still there. The last segment is removed last. */
export async function isLeft(reader: Reader, size: number): Promise<boolean> {
  const last = await segmentWith(reader, size - 1);
  const ids = (last?.batches ?? []).map(({ id }) => id);
  return (await reader.parts(auditCollection, { _id: { $in: ids } }, { fields: [], limit: 1 })).length > 0;
}

/** Throws if this record is in the log, and was pruned by what the database says; verifyAudit checks that. @throws record_pruned */
export async function assertNotPruned(reader: Reader, record: string): Promise<void> {
  const { pruned = 0 } = await logHead(reader);
  if (pruned === 0) return;
  const [found] = await reader.parts(
    auditSegments,
    { 'batches.id': { $eq: batchIn(record) } },
    { fields: ['first'], limit: 1 },
  );
  if (found !== undefined && found.first < pruned) throw refuse('record_pruned', `the record ${record}`);
}

/**
 * Removes the records of a segment, with the parts that hold their changes; their leaf hashes stay in the segment. It can be
 * repeated.
 *
 * @param deleting the database with an account that may delete records
 */
export async function removeSegment(database: Database, deleting: Database, { batches }: Segment): Promise<void> {
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
