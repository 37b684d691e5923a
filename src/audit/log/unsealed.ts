import type { ClusterTime } from '../../store/clusterClock.ts';
import { collection, type Reader, type Stored } from '../../store/collection.ts';
import { auditCollection, ofBatches } from '../record.ts';
import { leafOfReceipt } from './entry.ts';
import { leafHash } from './tree.ts';

/** The leaves of a stored batch. */
export interface StoredBatch {
  readonly id: string;
  readonly leaves: readonly Buffer[];
  /** Set if its records have format 1. */
  readonly format?: 1;
}

/** The fields that leaves are made of, of batches and not of parts with the changes of a record. */
export const HASHES = { without: 'changes', fields: ['records.hash', 'records.format'] } as const;

type HashedBatch = Stored & { readonly records?: unknown };

/** The batches, of which only the hashes are read. */
const hashedBatches = collection<HashedBatch & Record<(typeof HASHES.fields)[number], unknown>>(auditCollection.name);

const PAGE = 1_000;

/** All batches in the order of their ids, a page at a time, beginning after this id. */
export async function* storedBatches(reader: Reader, after = ''): AsyncGenerator<readonly StoredBatch[]> {
  for (let last = after; ; ) {
    const found = await reader.parts(
      hashedBatches,
      { _id: { $gt: last }, ...ofBatches },
      { fields: HASHES.fields, sort: { _id: 1 }, limit: PAGE, committed: true },
    );
    const highest = found.at(-1);
    if (highest === undefined) return;
    last = highest._id;
    yield found.flatMap((doc) => storedBatch(doc._id, (doc as HashedBatch).records) ?? []);
  }
}

/** How many batches are counted. */
const COUNTED = 10_000;

/** How many records have been stored after the batch with this id, and the id of the first batch. */
export async function storedAfter(
  reader: Reader,
  last: string,
): Promise<{ readonly records: number; readonly oldest: string | undefined }> {
  const found = await reader.parts(
    hashedBatches,
    { _id: { $gt: last }, ...ofBatches },
    { fields: ['records.format'], sort: { _id: 1 }, limit: COUNTED },
  );
  const records = found.reduce(
    (sum, { records: list }: HashedBatch) => sum + (Array.isArray(list) ? list.length : 0),
    0,
  );
  return { records, oldest: found[0]?._id };
}

/**
 * The leaves of the records of a document, which have hashes and formats; undefined if it has no records. A record without a
 * hash gets a leaf too, which no record can have: it must not keep the sealer from going on, and verification finds it.
 */
export function storedBatch(id: string, records: unknown): StoredBatch | undefined {
  if (!Array.isArray(records) || records.length === 0) return undefined;
  const isOld = formatIn(records[0]) === 1;
  const leaves = records.map((record) => {
    const hash = hashIn(record);
    return hash === undefined ? leafHash('') : leafOfReceipt(isOld ? 1 : 2, hash);
  });
  return isOld ? { id, leaves, format: 1 } : { id, leaves };
}

const formatIn = (record: unknown) =>
  record !== null && typeof record === 'object' && 'format' in record ? record.format : 1;

function hashIn(record: unknown): string | undefined {
  const hash = record !== null && typeof record === 'object' && 'hash' in record ? record.hash : undefined;
  return typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash) ? hash : undefined;
}

export const isAfter = (one: ClusterTime, other: ClusterTime): boolean =>
  one.t > other.t || (one.t === other.t && one.i > other.i);
