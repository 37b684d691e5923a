import { createHash } from 'node:crypto';
import type { Pruner } from '../../audit/log/removal.ts';
import { auditHeads, type Segment, segmentsFrom } from '../../audit/log/segments.ts';
import type { Signer } from '../../audit/log/signedNote.ts';
import {
  auditSnapshots,
  newestSnapshot,
  partId,
  type Snapshot,
  sha256,
  snapshotId,
  snapshotNote,
  snapshotParts,
} from '../../audit/log/snapshots.ts';
import { auditCollection } from '../../audit/record.ts';
import { refuse } from '../../base/errors.ts';
import type { Spool } from '../../base/spool/spool.ts';
import { type Database, isUnauthorized } from '../../store/database.ts';
import type { Transaction } from '../../store/transaction.ts';
import { changed, type DocumentState, type StateChange } from './documentState.ts';
import { Partitions } from './partitions.ts';
import { RecordedChanges } from './recordedChanges.ts';
import { snapshotStates } from './snapshotStates.ts';

/** What pruning needs beside the database. */
export interface PruneParts {
  readonly database: Database;
  readonly spool: Spool;
  readonly signer: Signer;
  readonly pruner: Pruner;
}

const HOLDER = 'pruneAudit';
const PART_CHARACTERS = 1_000_000;

/** A snapshot that is about to be made, without its instant. */
export type Prepared = Omit<Snapshot, 'at' | 'revision'>;

/**
 * Makes the snapshot of what the records say that were sealed before this instant, and stores its parts, which mean nothing
 * until the snapshot names them. In a dry run, nothing is stored.
 *
 * @throws invalid_params, nothing_to_prune, prune_unauthorized
 */
export async function prepareSnapshot(
  parts: PruneParts,
  { before, now, dryRun }: { readonly before: string; readonly now: Date; readonly dryRun: boolean },
): Promise<Prepared> {
  const { database, signer } = parts;
  const until = new Date(before);
  if (until.getTime() > now.getTime()) throw refuse('invalid_params', 'before must not be in the future');
  const earlier = await newestSnapshot(database);
  const size = await sizeBefore(database, until);
  if (size <= (earlier?.size ?? 0)) throw refuse('nothing_to_prune', until.toISOString());
  await assertMayDelete(parts);
  const partitions = new Partitions(parts.spool, HOLDER);
  try {
    for await (const { place, state } of snapshotStates(database, earlier)) {
      await partitions.add(place, { place, change: { op: 'set', state } });
    }
    for await (const { id, changes } of new RecordedChanges(database, earlier?.size ?? 0).read(size)) {
      if (changes === undefined) throw refuse('record_missing', id);
      for (const { place, change } of changes) await partitions.add(place, { place, change });
    }
    const stored = await storeParts(parts, partitions, { id: snapshotId(size), dryRun });
    const { hash } = stored;
    return { _id: snapshotId(size), size, ...stored, note: snapshotNote({ size, hash }, signer) };
  } finally {
    await partitions.close();
  }
}

/** Stores the snapshot, from which on the records before it count as pruned. Removing them is left to the background. */
export async function pruneTo(
  tx: Transaction,
  prepared: Prepared,
): Promise<{ readonly size: number; readonly pruned: number; readonly snapshot: string }> {
  const head = await tx.get(auditHeads, 'head');
  if (head === null) throw new TypeError('the log has no head: the database was not prepared');
  const { pruned = 0 } = head;
  if (prepared.size <= pruned) throw refuse('conflict_busy');
  await tx.insert(auditSnapshots, { ...prepared, at: tx.now });
  await tx.update(auditHeads, head, { ...head, pruned: prepared.size });
  return { size: prepared.size, pruned: prepared.size - pruned, snapshot: prepared._id };
}

/** The size of the log after the last segment that was sealed before this instant: so its records are older, too. */
async function sizeBefore(database: Database, until: Date): Promise<number> {
  let last: Segment | undefined;
  for await (const segment of segmentsFrom(database, 0)) {
    if (segment.at.getTime() >= until.getTime()) break;
    last = segment;
  }
  return last?.size ?? 0;
}

/** @throws prune_unauthorized */
async function assertMayDelete({ pruner }: PruneParts): Promise<void> {
  const { database, close } = await pruner.open();
  try {
    // The server asks for the right before it looks for what is to be deleted.
    await database.removeIds(auditCollection, []);
  } catch (error) {
    throw isUnauthorized(error) ? refuse('prune_unauthorized') : error;
  } finally {
    await close();
  }
}

async function storeParts(
  { database }: PruneParts,
  partitions: Partitions,
  { id, dryRun }: { readonly id: string; readonly dryRun: boolean },
): Promise<Pick<Snapshot, 'parts' | 'documents' | 'hash'>> {
  const hash = createHash('sha256');
  let [parts, documents, lines] = [0, 0, ''];
  const store = async () => {
    const own = sha256(lines);
    hash.update(own);
    const _id = partId(id, parts);
    if (!dryRun) {
      // One of an earlier attempt may be there.
      await database.removeIds(snapshotParts, [_id]);
      await database.upsertEach(snapshotParts, [{ id: _id, raise: {}, insert: { lines, hash: own } }]);
    }
    parts += 1;
    lines = '';
  };
  for (let file = 0; file < partitions.count; file += 1) {
    for (const [place, state] of await statesIn(partitions.lines(file))) {
      lines += `${JSON.stringify({ place, state })}\n`;
      documents += 1;
      if (lines.length >= PART_CHARACTERS) await store();
    }
  }
  if (lines !== '') await store();
  return { parts, documents, hash: hash.digest('hex') };
}

/** The documents in order, so that the same records give the same snapshot. */
async function statesIn(lines: AsyncIterable<unknown>): Promise<[string, DocumentState][]> {
  const states = new Map<string, DocumentState>();
  for await (const line of lines) {
    const { place, change } = line as { readonly place: string; readonly change: StateChange };
    const state = changed(states.get(place), change);
    if (state === undefined) states.delete(place);
    else states.set(place, state);
  }
  return [...states].sort(([one], [other]) => (one < other ? -1 : 1));
}
