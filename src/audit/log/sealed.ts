import { bytesOf } from '../../store/bytes.ts';
import type { Database } from '../../store/database.ts';
import { type AuditBatch, type AuditRecord, auditCollection, ofBatches } from '../record.ts';
import type { RecordFormat } from './entry.ts';
import { logHead, type SealedBatch, type Segment, sealedAmong, segmentsFrom } from './segments.ts';
import { HASH_BYTES } from './tree.ts';
import { HASHES, isAfter, type StoredBatch, storedBatch, storedBatches } from './unsealed.ts';

/** A record with its place in the log. */
export interface SealedRecord {
  readonly seq: number;
  readonly id: string;
  readonly format: RecordFormat;
  readonly leaf: Buffer;
  /** Undefined if it is not in the database: it was pruned, or somebody removed it. */
  readonly record: AuditRecord | undefined;
}

/** A batch that is in the log, and what is stored under its id. */
export interface FoundBatch {
  readonly sealed: SealedBatch;
  /** The sequence number of its first record. */
  readonly first: number;
  readonly leaves: readonly Buffer[];
  readonly stored: AuditBatch | undefined;
}

/** How many batches one query reads at most, and after how many bytes it ends. */
const BATCHES = 200;
const READ_BYTES = 8_000_000;

/**
 * The records in the order of the log, beginning with this sequence number.
 *
 * @param unsealed whether those that are not sealed yet follow, in the order of their commits, with the sequence numbers that
 *   they will have if nothing else is found first
 */
export async function* sealedRecords(
  database: Database,
  { from, unsealed = false }: { readonly from: number; readonly unsealed?: boolean },
): AsyncGenerator<SealedRecord> {
  let next = from;
  for (let read = from; ; ) {
    for await (const batch of batchesFrom(database, next)) {
      for (const record of recordsOf(batch)) if (record.seq >= next) yield record;
      next = Math.max(next, batch.first + batch.sealed.count);
    }
    // More may have been sealed meanwhile. If nothing was found, segments are missing.
    const { size } = await logHead(database);
    if (size > next && next > read) {
      read = next;
      continue;
    }
    if (unsealed) yield* unsealedRecords(database, Math.max(next, size));
    return;
  }
}

/** The batches in the order of the log, beginning with the one that has this record. */
export async function* batchesFrom(database: Database, seq: number): AsyncGenerator<FoundBatch> {
  for await (const segment of segmentsFrom(database, seq)) {
    if (segment.size <= seq) continue;
    for await (const batch of batchesOf(database, segment)) {
      if (batch.first + batch.sealed.count > seq) yield batch;
    }
  }
}

/** The batches of a segment, with what is stored of them. */
export async function* batchesOf(database: Database, { batches, first, leaves }: Segment): AsyncGenerator<FoundBatch> {
  const bytes = bytesOf(leaves);
  let seq = first;
  for await (const [sealed, stored] of storedOf(database, batches)) {
    const place = (seq - first) * HASH_BYTES;
    yield {
      ...{ sealed, first: seq, stored },
      leaves: Array.from({ length: sealed.count }, (_, i) =>
        bytes.subarray(place + i * HASH_BYTES, place + (i + 1) * HASH_BYTES),
      ),
    };
    seq += sealed.count;
  }
}

/** Which records stand in the places of a batch, and which have none. */
export function placedIn({ sealed: { id, count }, stored }: Pick<FoundBatch, 'sealed' | 'stored'>): {
  readonly placed: readonly (AuditRecord | undefined)[];
  readonly beside: readonly AuditRecord[];
} {
  const records = stored?.records ?? [];
  if (records.length === count) return { placed: records, beside: [] };
  // Somebody has removed or added some. The others have places by their ids.
  const byId = new Map(records.map((record) => [record?.id, record]));
  const placed = Array.from({ length: count }, (_, place) => byId.get(`${id}-${place}`));
  return { placed, beside: records.filter((record) => !placed.includes(record)) };
}

export function* recordsOf(batch: FoundBatch): Generator<SealedRecord> {
  const { sealed, first, leaves } = batch;
  const { placed } = placedIn(batch);
  for (const [place, leaf] of leaves.entries()) {
    const [seq, id, format] = [first + place, `${sealed.id}-${place}`, sealed.format ?? 2] as const;
    yield { seq, id, format, leaf, record: placed[place] };
  }
}

/** The documents of these batches, in their order. However large they are, only a few are in memory at once. */
async function* storedOf<B extends { readonly id: string }>(
  database: Database,
  batches: readonly B[],
): AsyncGenerator<readonly [B, AuditBatch | undefined]> {
  let most = BATCHES;
  for (let at = 0; at < batches.length; ) {
    const asked = batches.slice(at, at + most);
    const ids = asked.map(({ id }) => id);
    const before = at;
    const found = new Map<string, AuditBatch>();
    const highest = await readInto(found, database, ids);
    for (const batch of asked) {
      const stored = found.get(batch.id);
      // The query ended early: this one was not reached.
      if (stored === undefined && highest !== undefined && batch.id > highest) break;
      found.delete(batch.id);
      yield [batch, stored];
      at += 1;
    }
    // If the query ended before the first of them, which has a higher id, that one is read alone.
    most = at === before ? 1 : BATCHES;
  }
}

/** @returns the highest id that was read, if there may be more */
async function readInto(
  found: Map<string, AuditBatch>,
  database: Database,
  ids: readonly string[],
): Promise<string | undefined> {
  const read = await database.find(
    auditCollection,
    { _id: { $in: [...ids] }, ...ofBatches },
    { sort: { _id: 1 }, maxBytes: READ_BYTES, committed: true },
  );
  for (const batch of read) found.set(batch._id, batch);
  return read.length < ids.length ? read.at(-1)?._id : undefined;
}

/** What is committed and not sealed, in the order of commits, up to now. */
async function* unsealedRecords(database: Database, first: number): AsyncGenerator<SealedRecord> {
  let seq = first;
  for await (const page of unsealedPages(database)) {
    for await (const [{ leaves, format }, stored] of storedOf(database, page)) {
      for (const [place, leaf] of leaves.entries()) {
        const record = stored?.records[place];
        if (record !== undefined) yield { seq: seq++, id: record.id, format: format ?? 2, leaf, record };
      }
    }
  }
}

async function* unsealedPages(database: Database): AsyncGenerator<readonly StoredBatch[]> {
  const { position, overlap } = await logHead(database);
  if (position === undefined) return yield* neverSealed(database);
  let page: StoredBatch[] = [];
  for await (const { id, fields, committed } of database.insertedSince(auditCollection, position, HASHES)) {
    const batch = storedBatch(id, fields.records);
    if (batch === undefined) continue;
    const isDoubtful = overlap !== undefined && !isAfter(committed, overlap);
    if (isDoubtful && (await sealedAmong(database, [id])).has(id)) continue;
    page.push(batch);
    if (page.length < BATCHES) continue;
    yield page;
    page = [];
  }
  yield page;
}

/** Before the sealer has begun, or while it looks for what is not sealed, in the order of ids. */
async function* neverSealed(database: Database): AsyncGenerator<readonly StoredBatch[]> {
  for await (const page of storedBatches(database)) {
    const sealed = await sealedAmong(
      database,
      page.map(({ id }) => id),
    );
    yield page.filter(({ id }) => !sealed.has(id));
  }
}
