import type { StoredBytes } from '../../store/bytes.ts';
import type { ClusterTime } from '../../store/clusterClock.ts';
import { collection, type Reader, type Stored } from '../../store/collection.ts';
import type { CommitPosition } from '../../store/commitOrder.ts';
import type { Transaction } from '../../store/transaction.ts';

/** A batch of records in the log. */
export interface SealedBatch {
  readonly id: string;
  readonly count: number;
  /** Set if its records have format 1. */
  readonly format?: 1;
}

/**
 * What the sealer adds to the log at once: records in the order in which they were committed. A record's sequence number
 * stands here alone. Segments are inserted and never changed.
 */
export interface Segment extends Stored {
  /** The sequence number of its first record; its id has it in 12 digits. */
  readonly first: number;
  /** The size of the log after it. */
  readonly size: number;
  /** None is divided between segments. */
  readonly batches: readonly SealedBatch[];
  /** 32 bytes for each record. */
  readonly leaves: StoredBytes;
  /** The nodes of the tree that it completes and that begin before it, from the lowest level; their hashes in Base64. */
  readonly roots: readonly { readonly level: number; readonly hash: string }[];
  /** The signed note for `size`. */
  readonly checkpoint: string;
  /** When its last batch was committed. */
  readonly through?: ClusterTime;
  /** Set instead if its batches were looked for, and are in the order of their ids: when that began. */
  readonly soughtAt?: ClusterTime;
  readonly at: Date;
}

/** The index by which a batch is found in the log; it keeps a batch from being sealed twice. */
export const BATCHES = 'batches';

export const auditSegments = collection<Segment>('auditSegments', {
  insertOnly: true,
  indexes: [{ key: { 'batches.id': 1 }, name: BATCHES, unique: true }],
});

/** A public key of the log, as a verifier key, and the size of the log from which on it has signed. */
export interface LogKey {
  readonly key: string;
  readonly from: number;
  /** The note with which the key before vouches for this one, and this one for the key before. */
  readonly rotation?: string;
}

/** Where the log ends. It changes in the transactions that insert segments, so that two sealers cannot both go on from here. */
export interface LogHead extends Stored {
  /** The name of the log, unless another is configured. */
  readonly origin: string;
  readonly size: number;
  /** The roots of the perfect subtrees that the tree consists of, from left to right, in Base64. */
  readonly peaks: readonly string[];
  /** Where the sealer goes on reading. Absent if it must look for what is not sealed. */
  readonly position?: CommitPosition;
  /** Set after looking for what was not sealed: of what was committed until then, some is sealed already. */
  readonly overlap?: ClusterTime;
  /** Everything that was committed until then is sealed. */
  readonly through?: ClusterTime;
  /** The text of records before this one may have been removed by the retention. */
  readonly pruned?: number;
  /** The highest id of a sealed batch. */
  readonly last?: string;
  /** The newest last. */
  readonly keys: readonly LogKey[];
  /** The newest signed note; absent before the first. */
  readonly checkpoint?: string;
  readonly at: Date;
}

export const auditHeads = collection<LogHead>('auditHead');

const HEAD = 'head';

/** Makes the head of an empty log if there is none. */
export async function ensureLogHead(tx: Transaction, id: string): Promise<void> {
  if ((await tx.get(auditHeads, HEAD)) !== null) return;
  await tx.insert(auditHeads, { _id: HEAD, origin: `steward/${id}`, size: 0, peaks: [], keys: [], at: tx.now });
}

export async function logHead(reader: Reader): Promise<LogHead> {
  const head = await reader.get(auditHeads, HEAD);
  if (head === null) throw new TypeError('the log has no head: the database was not prepared');
  return head;
}

export const segmentId = (first: number): string => String(first).padStart(12, '0');

/** Segments in order, a page at a time, beginning with the one that has this record. */
export async function* segmentsFrom(reader: Reader, seq: number): AsyncGenerator<Segment> {
  for (let next = (await segmentWith(reader, seq))?.first ?? seq; ; ) {
    const page = await reader.find(
      auditSegments,
      { _id: { $gte: segmentId(next) } },
      { sort: { _id: 1 }, limit: SEGMENTS, maxBytes: SEGMENT_BYTES, committed: true },
    );
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    next = last.first + 1;
  }
}

/** How many segments one query reads, and after how many bytes it ends. */
const SEGMENTS = 100;
const SEGMENT_BYTES = 4_000_000;

/** The segment that has this record, or would have it; undefined if the log begins later. */
export async function segmentWith(reader: Reader, seq: number): Promise<Segment | undefined> {
  const options = { sort: { _id: -1 }, limit: 1, committed: true } as const;
  const [found] = await reader.find(auditSegments, { _id: { $lte: segmentId(seq) } }, options);
  return found;
}

/** Those of the batches that are in the log. */
export async function sealedAmong(reader: Reader, batches: readonly string[]): Promise<ReadonlySet<string>> {
  if (batches.length === 0) return new Set();
  const asked = new Set(batches);
  const found = await reader.parts(
    auditSegments,
    { 'batches.id': { $in: [...asked] } },
    { fields: ['batches'], hint: BATCHES, committed: true },
  );
  return new Set(found.flatMap((segment) => segment.batches.flatMap(({ id }) => (asked.has(id) ? [id] : []))));
}
