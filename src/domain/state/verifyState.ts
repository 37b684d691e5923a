import { newestSnapshot } from '../../audit/log/snapshots.ts';
import type { Spool } from '../../base/spool/spool.ts';
import type { Collection, Stored } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';
import { COVERED, type Covered, coveredIn } from './coverage.ts';
import { changed, type DocumentState, differences, type StateChange, sameState, stateOf } from './documentState.ts';
import { Partitions } from './partitions.ts';
import { RecordedChanges } from './recordedChanges.ts';
import { snapshotStates } from './snapshotStates.ts';

/** A document, or a field of one, that is not what the records say. */
export interface StateFinding {
  /** `changed`: a field differs; `missing`: the document is gone; `inserted`: no record made it. */
  readonly kind: 'changed' | 'missing' | 'inserted';
  readonly collection: string;
  readonly id: string;
  /** The field, or `list[key]` for an item of a list. */
  readonly field?: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
}

export interface StateReport {
  /** Whether everything that is covered is what the records say. */
  readonly ok: boolean;
  /** The records that were replayed: from the first one, up to but without the last one that was not sealed yet. */
  readonly from: number;
  readonly records: number;
  readonly documents: number;
  /** Records that are not in the database although nothing says that they were pruned. */
  readonly missingRecords: number;
  readonly findings: readonly StateFinding[];
  /** How many findings there are beyond those listed. */
  readonly more: number;
  /** Documents that were being changed all the time, so that they could not be compared. */
  readonly unsettled: number;
}

/** How far it is: what is being done, and how much of it. */
export interface Progress {
  readonly phase: 'records' | 'documents' | 'comparing';
  readonly done: number;
}

export interface Verifying {
  readonly database: Database;
  readonly spool: Spool;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => Promise<void>;
}

/** The holder of the temporary files. */
const HOLDER = 'verifyState';
const MAX_FINDINGS = 1_000;
const PAGE = 1_000;
const REPORT_EVERY = 5_000;
/** How often a document that keeps changing is compared again. */
const MAX_ROUNDS = 50;

/**
 * Holds who owns what, who may do what and who is who against what the records say. It takes no more memory for more documents:
 * what the records and the database say is sorted into temporary files. While others write, a document counts as right if it is
 * what the records said at some time since the beginning; what differs from that is compared again with the newest records.
 */
export async function verifyState(verifying: Verifying): Promise<StateReport> {
  const partitions = new Partitions(verifying.spool, HOLDER);
  try {
    return await verifyWith(verifying, partitions);
  } finally {
    await partitions.close();
  }
}

async function verifyWith(verifying: Verifying, partitions: Partitions): Promise<StateReport> {
  const { database, signal, progress } = verifying;
  const snapshot = await newestSnapshot(database);
  for await (const { place, state } of snapshotStates(database, snapshot)) {
    await partitions.add(place, { place, change: { op: 'set', state } } satisfies Line);
  }
  const from = snapshot?.size ?? 0;
  const recorded = new RecordedChanges(database, from);
  let records = 0;
  let missingRecords = 0;
  const replay = async (late: boolean) => {
    for await (const { changes } of recorded.read()) {
      signal.throwIfAborted();
      records += 1;
      if (changes === undefined) missingRecords += 1;
      for (const { place, change } of changes ?? []) {
        await partitions.add(place, { place, change, ...(late ? { late } : {}) } satisfies Line);
      }
      if (records % REPORT_EVERY === 0) await progress({ phase: 'records', done: records });
    }
  };
  await replay(false);
  let documents = 0;
  for (const covered of COVERED) {
    for await (const { id, state } of present(database, covered)) {
      signal.throwIfAborted();
      const place = `${covered.of.name}/${id}`;
      await partitions.add(place, { place, is: state } satisfies Line);
      documents += 1;
      if (documents % REPORT_EVERY === 0) await progress({ phase: 'documents', done: documents });
    }
  }
  await replay(true);
  const doubtful: Doubtful[] = [];
  let more = 0;
  for (let file = 0; file < partitions.count; file += 1) {
    signal.throwIfAborted();
    for (const doubt of await compared(partitions.lines(file))) {
      if (doubtful.length < MAX_FINDINGS) doubtful.push(doubt);
      else more += 1;
    }
    await progress({ phase: 'comparing', done: file + 1 });
  }
  const { findings, unsettled } = await confirmed(verifying, recorded, doubtful);
  const ok = findings.length + more + missingRecords + unsettled === 0;
  return { ok, from, records, documents, missingRecords, findings, more, unsettled };
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
async function confirmed(
  { database, signal }: Verifying,
  recorded: RecordedChanges,
  doubtful: readonly Doubtful[],
): Promise<{ readonly findings: readonly StateFinding[]; readonly unsettled: number }> {
  const expected = new Map(doubtful.map(({ place, expected: state }) => [place, state]));
  const open = new Set(expected.keys());
  const findings: StateFinding[] = [];
  for (let round = 0; open.size > 0 && round < MAX_ROUNDS; round += 1) {
    signal.throwIfAborted();
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
