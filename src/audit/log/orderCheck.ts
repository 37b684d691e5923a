import { StewardError } from '../../base/errors.ts';
import type { AuditFinding as Finding } from '../../base/schemas/generated.ts';
import type { CommitPosition } from '../../store/commitOrder.ts';
import type { Database } from '../../store/database.ts';
import { auditCollection } from '../record.ts';
import { auditSegments, type Segment, segmentsFrom, segmentWith } from './segments.ts';
import { isAfter } from './unsealed.ts';

/** How far the order of the log was compared with that of the commits. */
export interface OrderPlace {
  /** The sequence number of the next batch. */
  readonly seq: number;
  readonly position: CommitPosition;
}

export interface OrderChecked {
  /** Where to go on; undefined at the end. */
  readonly next?: OrderPlace;
  readonly findings: readonly Finding[];
}

const BATCHES_ONLY = { without: 'changes' } as const;

/** Where the comparison begins: behind the first segment from which on the oplog still has the commits. */
export async function orderStart(
  database: Database,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<OrderPlace | undefined> {
  let [lowest, highest] = [Math.max(from - 1, 0), to - 1];
  let known: OrderPlace | undefined;
  // If the oplog has all, the first question is the only one.
  for (let seq = lowest; lowest <= highest; seq = Math.floor((lowest + highest) / 2)) {
    const segment = await segmentWith(database, seq);
    if (segment === undefined || segment.size <= seq) return known;
    const place = await placeAfter(database, segment);
    if (place === undefined) lowest = segment.size;
    else {
      known = place;
      highest = segment.first - 1;
    }
  }
  return known;
}

/** The place after a segment, if the oplog reaches back to it. */
async function placeAfter(database: Database, { size, ...segment }: Segment): Promise<OrderPlace | undefined> {
  const through = segment.through ?? segment.soughtAt;
  if (through === undefined) return undefined;
  try {
    for await (const _ of database.insertedSince(auditCollection, { at: through }, BATCHES_ONLY)) break;
    return { seq: size, position: { at: through } };
  } catch (error) {
    if (error instanceof StewardError && error.reason === 'cursor_outdated') return undefined;
    throw error;
  }
}

/** Compares the order of the log with that of the commits, for some seconds. */
export async function checkOrder(
  database: Database,
  { seq, position }: OrderPlace,
  { to, isOver }: { readonly to: number; readonly isOver: () => boolean },
): Promise<OrderChecked> {
  const expected = batchesAfter(database, seq, to);
  let next = (await expected.next()).value;
  for await (const { id, committed, after } of database.insertedSince(auditCollection, position, BATCHES_ONLY)) {
    if (next === undefined) return { findings: [] };
    const { segment, first } = next;
    // What was sealed by looking for it has no order, and what was restored from a backup was committed again.
    if (segment.through === undefined || isAfter(committed, segment.through)) return { findings: [] };
    if (id === next.id) next = (await expected.next()).value;
    else {
      const place = await seqOf(database, id);
      if (place === undefined) return { findings: [] };
      if (place > first) {
        const message = `Record ${place} was committed before record ${first}.`;
        return { findings: [{ kind: 'reordered', seq: first, record: `${next.id}-0`, message }] };
      }
    }
    if (isOver() && next !== undefined) return { next: { seq: next.first, position: after }, findings: [] };
  }
  return { findings: [] };
}

interface ExpectedBatch {
  readonly id: string;
  readonly first: number;
  readonly segment: Segment;
}

async function* batchesAfter(database: Database, seq: number, to: number): AsyncGenerator<ExpectedBatch, undefined> {
  for await (const segment of segmentsFrom(database, seq)) {
    let { first } = segment;
    for (const { id, count } of segment.batches) {
      if (first >= to) return undefined;
      if (first >= seq) yield { id, first, segment };
      first += count;
    }
  }
  return undefined;
}

async function seqOf(database: Database, batch: string): Promise<number | undefined> {
  const [segment] = await database.find(auditSegments, { 'batches.id': { $eq: batch } }, { limit: 1 });
  let seq = segment?.first;
  for (const { id, count } of segment?.batches ?? []) {
    if (id === batch) return seq;
    if (seq !== undefined) seq += count;
  }
  return undefined;
}
