import { createHash, hash as hashOf } from 'node:crypto';
import type { Signer, VerifierKey } from '../../audit/log/signedNote.ts';
import {
  newestSnapshot,
  partId,
  type Snapshot,
  snapshotId,
  snapshotNote,
  snapshotParts,
} from '../../audit/log/snapshots.ts';
import { refuse } from '../../base/errors.ts';
import type { Spool } from '../../base/spool/spool.ts';
import type { Database } from '../../store/database.ts';
import { changed, type DocumentState, type StateChange } from './documentState.ts';
import { Partitions } from './partitions.ts';
import { RecordedChanges } from './recordedChanges.ts';
import { snapshotStates } from './snapshotStates.ts';

/** What making a snapshot needs. */
export interface SnapshotParts {
  readonly database: Database;
  readonly spool: Spool;
  readonly signer: Signer;
  /** The keys of the log that are trusted, whatever the database says. */
  readonly trusted: readonly VerifierKey[];
}

const PART_CHARACTERS = 1_000_000;
/** After how many records it says how far it is. */
const YIELD_EVERY = 100;

/** A snapshot that is about to be stored, without its instant. */
export type Prepared = Omit<Snapshot, 'at' | 'revision'>;

/**
 * Makes the snapshot of what the records before this size of the log say, and stores its parts, which mean nothing until the
 * snapshot names them. Yields how many lines of the earlier snapshot and records it has read.
 *
 * @throws record_missing, snapshot_changed, spool_full
 */
export async function* makeSnapshot(parts: SnapshotParts, size: number): AsyncGenerator<number, Prepared, undefined> {
  const { database, spool, signer, trusted } = parts;
  const partitions = new Partitions(spool);
  try {
    const earlier = await newestSnapshot(database, trusted);
    let read = 0;
    for await (const { place, state } of snapshotStates(database, earlier)) {
      await partitions.add(place, { place, change: { op: 'set', state } });
      read += 1;
      if (read % YIELD_EVERY === 0) yield read;
    }
    for await (const { id, changes } of new RecordedChanges(database, earlier?.size ?? 0).read(size)) {
      if (changes === undefined) throw refuse('record_missing', id);
      for (const { place, change } of changes) await partitions.add(place, { place, change });
      read += 1;
      if (read % YIELD_EVERY === 0) yield read;
    }
    const id = snapshotId(size);
    const whole = createHash('sha256');
    let [count, documents] = [0, 0];
    for await (const { lines, states } of linesIn(partitions)) {
      const hash = hashOf('sha256', lines);
      whole.update(hash);
      await storePart(database, partId(id, count), { lines, hash });
      count += 1;
      documents += states;
      yield read;
    }
    const hash = whole.digest('hex');
    return { _id: id, size, parts: count, documents, hash, note: snapshotNote({ size, hash }, signer) };
  } finally {
    await partitions.close();
  }
}

async function storePart(database: Database, id: string, part: { readonly lines: string; readonly hash: string }) {
  // One of an earlier attempt may be there.
  await database.removeIds(snapshotParts, [id]);
  await database.upsertEach(snapshotParts, [{ id, raise: {}, insert: part }]);
}

interface SomeLines {
  readonly lines: string;
  /** How many documents they are about. */
  readonly states: number;
}

/** The lines of a snapshot, as many at a time as a part has. */
async function* linesIn(partitions: Partitions): AsyncGenerator<SomeLines> {
  let [lines, states] = ['', 0];
  for (let file = 0; file < partitions.count; file += 1) {
    for (const [place, state] of await statesIn(partitions.lines(file))) {
      lines += `${JSON.stringify({ place, state })}\n`;
      states += 1;
      if (lines.length < PART_CHARACTERS) continue;
      yield { lines, states };
      [lines, states] = ['', 0];
    }
  }
  if (states > 0) yield { lines, states };
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
