import type { VerifierKey } from '../../audit/log/signedNote.ts';
import { newestSnapshot } from '../../audit/log/snapshots.ts';
import type { StateFinding, StateReport } from '../../base/schemas/generated.ts';
import type { Spool } from '../../base/spool/spool.ts';
import type { Collection, Stored } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';
import { COVERED, type Covered, coveredIn, NOT_COVERED } from './coverage.ts';
import { changed, type DocumentState, differences, type StateChange, sameState, stateOf } from './documentState.ts';
import { Partitions } from './partitions.ts';
import { RecordedChanges } from './recordedChanges.ts';
import { snapshotStates } from './snapshotStates.ts';

/** How far it is. */
export interface StateProgress {
  readonly phase: 'records' | 'documents' | 'comparing';
  /** Lines of the snapshot and records that were read. */
  readonly records: number;
  /** Documents that were read, and how many of them were compared. */
  readonly documents: number;
  readonly compared: number;
}

export interface Verifying {
  readonly database: Database;
  readonly spool: Spool;
  /** The keys of the log that are trusted, whatever the database says. */
  readonly trusted: readonly VerifierKey[];
}

const MAX_FINDINGS = 1_000;
const PAGE = 1_000;
/** After how many records or documents it says how far it is. */
const YIELD_EVERY = 100;
/** How often a document that keeps changing is compared again. */
const MAX_ROUNDS = 50;

/**
 * Holds who owns what, who may do what and who is who against what the records say. It takes no more memory for more documents:
 * what the records and the database say is sorted into temporary files. While others write, a document counts as right if it is
 * what the records said at some time since the beginning; what differs from that is compared again with the newest records.
 *
 * @throws snapshot_changed, spool_full
 */
export async function* verifyState({
  spool,
  ...verifying
}: Verifying): AsyncGenerator<StateProgress, StateReport, undefined> {
  const partitions = new Partitions(spool);
  try {
    return yield* verifyWith(verifying, partitions);
  } finally {
    await partitions.close();
  }
}

async function* verifyWith(
  { database, trusted }: Omit<Verifying, 'spool'>,
  partitions: Partitions,
): AsyncGenerator<StateProgress, StateReport, undefined> {
  const snapshot = await newestSnapshot(database, trusted);
  const from = snapshot?.size ?? 0;
  const recorded = new RecordedChanges(database, from);
  let [lines, records, missingRecords, documents] = [0, 0, 0, 0];
  const madeBy = (phase: StateProgress['phase'], compared = 0): StateProgress => ({
    ...{ phase, records: lines + records, documents, compared },
  });
  for await (const { place, state } of snapshotStates(database, snapshot)) {
    await partitions.add(place, { place, change: { op: 'set', state } } satisfies Line);
    lines += 1;
    if (lines % YIELD_EVERY === 0) yield madeBy('records');
  }
  async function* replay(late: boolean): AsyncGenerator<StateProgress> {
    for await (const { changes } of recorded.read()) {
      records += 1;
      if (changes === undefined) missingRecords += 1;
      for (const { place, change } of changes ?? []) {
        await partitions.add(place, { place, change, ...(late ? { late } : {}) } satisfies Line);
      }
      if (records % YIELD_EVERY === 0) yield madeBy(late ? 'documents' : 'records');
    }
  }
  yield* replay(false);
  for (const covered of COVERED) {
    for await (const { id, state } of present(database, covered)) {
      const place = `${covered.of.name}/${id}`;
      await partitions.add(place, { place, is: state } satisfies Line);
      documents += 1;
      if (documents % YIELD_EVERY === 0) yield madeBy('documents');
    }
  }
  yield* replay(true);
  const doubtful: Doubtful[] = [];
  let more = 0;
  for (let file = 0; file < partitions.count; file += 1) {
    for (const doubt of await compared(partitions.lines(file))) {
      if (doubtful.length < MAX_FINDINGS) doubtful.push(doubt);
      else more += 1;
    }
    yield madeBy('comparing', Math.floor((documents * (file + 1)) / partitions.count));
  }
  const { findings, unsettled } = yield* confirmed(database, recorded, {
    doubtful,
    progress: madeBy('comparing', documents),
  });
  const ok = findings.length + more + missingRecords + unsettled === 0;
  const covered = COVERED.map(({ of, fields }) => ({ collection: of.name, fields: [...fields] }));
  const outside = { covered, notCovered: NOT_COVERED };
  return { ok, from, records, documents, missingRecords, findings: [...findings], more, unsettled, ...outside };
}

/** What a record says, or what is in the database. `late`: it was committed after the database began to be read. */
type Line =
  | { readonly place: string; readonly change: StateChange; readonly late?: boolean }
  | { readonly place: string; readonly is: DocumentState };

/** A document that may not be what the records say. */
interface Doubtful {
  readonly place: string;
  readonly expected: DocumentState | undefined;
}

/** The documents among these lines that the database never had as the records say. */
async function compared(lines: AsyncIterable<unknown>): Promise<readonly Doubtful[]> {
  const expected = new Map<string, DocumentState>();
  const actual = new Map<string, DocumentState>();
  const right = new Set<string>();
  const compare = (place: string) => {
    if (sameState(expected.get(place), actual.get(place))) right.add(place);
  };
  for await (const each of lines) {
    const line = each as Line;
    const { place } = line;
    if ('is' in line) {
      actual.set(place, line.is);
      continue;
    }
    // Before and after each late change: the database was read between some of them.
    if (line.late) compare(place);
    const state = changed(expected.get(place), line.change);
    if (state === undefined) expected.delete(place);
    else expected.set(place, state);
    if (line.late) compare(place);
  }
  const doubtful: Doubtful[] = [];
  for (const place of new Set([...expected.keys(), ...actual.keys()])) {
    compare(place);
    if (!right.has(place)) doubtful.push({ place, expected: expected.get(place) });
  }
  return doubtful;
}

/** Compares documents again with what is recorded now, until nothing is recorded about them meanwhile. */
async function* confirmed(
  database: Database,
  recorded: RecordedChanges,
  { doubtful, progress }: { readonly doubtful: readonly Doubtful[]; readonly progress: StateProgress },
): AsyncGenerator<
  StateProgress,
  { readonly findings: readonly StateFinding[]; readonly unsettled: number },
  undefined
> {
  const expected = new Map(doubtful.map(({ place, expected: state }) => [place, state]));
  const open = new Set(expected.keys());
  const findings: StateFinding[] = [];
  for (let round = 0; open.size > 0 && round < MAX_ROUNDS; round += 1) {
    yield progress;
    const actual = await presentAt(database, [...open]);
    const moved = new Set<string>();
    for await (const { changes } of recorded.read()) {
      for (const { place, change } of changes ?? []) {
        if (!open.has(place)) continue;
        expected.set(place, changed(expected.get(place), change));
        moved.add(place);
      }
    }
    for (const place of [...open]) {
      if (moved.has(place)) continue;
      open.delete(place);
      findings.push(...findingsOf(place, expected.get(place), actual.get(place)));
    }
  }
  return { findings: findings.slice(0, MAX_FINDINGS), unsettled: open.size };
}

function findingsOf(place: string, was: DocumentState | undefined, is: DocumentState | undefined): StateFinding[] {
  const slash = place.indexOf('/');
  const at = { collection: place.slice(0, slash), id: place.slice(slash + 1) };
  if (was === undefined) return is === undefined ? [] : [{ kind: 'inserted', ...at }];
  if (is === undefined) return [{ kind: 'missing', ...at }];
  return differences(was, is).map((difference) => ({ kind: 'changed', ...at, ...difference }));
}

/** Its fields are named by the list of what is covered. */
const partOf = ({ of, fields }: Covered) => ({
  of: of as Collection<Stored>,
  fields: fields as readonly (keyof Stored & string)[],
});

interface Present {
  readonly id: string;
  readonly state: DocumentState;
}

/** The covered fields of all documents of a collection, a page at a time. */
async function* present(database: Database, covered: Covered): AsyncGenerator<Present> {
  for (let after: string | undefined; ; ) {
    const { of, fields } = partOf(covered);
    const filter = after === undefined ? {} : { _id: { $gt: after } };
    const options = { sort: { _id: 1 }, limit: PAGE, maxBytes: PAGE_BYTES, committed: true } as const;
    const found = await database.parts(of, filter, { fields, ...options });
    const last = found.at(-1);
    if (last === undefined) return;
    for (const document of found) yield { id: document._id, state: stateOf(covered, document) };
    after = last._id;
  }
}

const PAGE_BYTES = 8_000_000;

/** The covered fields of the documents at these places that exist. */
async function presentAt(database: Database, places: readonly string[]): Promise<Map<string, DocumentState>> {
  const found = new Map<string, DocumentState>();
  for (const place of places) {
    const slash = place.indexOf('/');
    const covered = coveredIn(place.slice(0, slash), place.slice(slash + 1));
    if (covered === undefined) continue;
    const { of, fields } = partOf(covered);
    const [document] = await database.parts(
      of,
      { _id: { $eq: place.slice(slash + 1) } },
      { fields, limit: 1, committed: true },
    );
    if (document !== undefined) found.set(place, stateOf(covered, document));
  }
  return found;
}
