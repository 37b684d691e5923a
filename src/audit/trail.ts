import { StewardError } from '../base/errors.ts';
import { type ClusterTime, firstIdOf } from '../store/clusterClock.ts';
import type { CommitPosition, Inserted } from '../store/commitOrder.ts';
import { type CursorKey, cursorOf, notOf, readAnyCursor } from '../store/cursor.ts';
import type { Database } from '../store/database.ts';
import { withAllChanges } from './parts.ts';
import { type AuditQuery, batchIn, findRecords, Page, placeIn, recordsIn } from './query.ts';
import { type AuditRecord, auditCollection } from './record.ts';
import { SETTLED_SECONDS } from './settled.ts';

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** The cursor of the next page; absent on the last. */
  readonly next?: string;
  /** The cursor, on the last page, with which the search continues later with records committed after this page. */
  readonly follow?: string;
}

/** How many committed batches are read at once. */
const BATCHES = 20;
const LIST = 'audit';

/** Excludes parts with the changes of records, which are in the same collection. */
const BATCHES_ONLY = { without: 'changes' } as const;

/** Greater than every id. */
const ALL = 'g';

/**
 * How a search that began at the cluster time `begun` returns each batch once: batches with ids below `settled` that were
 * committed before `begun` are returned in the order of ids, and all others in the order of commits.
 */
interface Begun {
  readonly begun: ClusterTime;
  readonly settled: string;
}

/** The batches below `settled` that were committed after `begun`, as far as commits were read. */
interface Late {
  readonly read: CommitPosition;
  readonly batches: readonly string[];
}

/** Where a page begins. */
type Place = { readonly phase: 'back'; readonly after: string } | Forward;

type Forward =
  | (Begun & { readonly phase: 'settled'; readonly after?: string; readonly late: Late })
  | (Begun & { readonly phase: 'commits'; readonly from: CommitPosition; readonly skip: number });

/**
 * Reads the audit in pages. Ids are made before the commit, so a record may be committed after another one with a higher id.
 * Old records are returned in the order of ids, and later ones in the order of commits. So each record is returned exactly
 * once, regardless of concurrent commits, the number of instances, and their clocks.
 */
export class AuditTrail {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws invalid_params for a cursor of another list, cursor_outdated */
  async page(query: AuditQuery, cursor?: string): Promise<AuditPage> {
    const page = await this.#page(query, cursor);
    const records: AuditRecord[] = [];
    for (const record of page.records) records.push(await withAllChanges(this.#database, record));
    return { ...page, records };
  }

  async #page(query: AuditQuery, cursor?: string): Promise<AuditPage> {
    if (query.record !== undefined) return { records: (await findRecords(this.#database, query)).records };
    const place = cursor === undefined ? undefined : placeOf(cursor);
    if (query.newestFirst) return this.#back(query, place);
    if (place?.phase === 'back') throw notOf(LIST);
    return place === undefined ? this.#first(query) : this.#forth(query, place);
  }

  async #first(query: AuditQuery): Promise<AuditPage> {
    const begun = await this.#database.clock.now();
    try {
      return await this.#forth(query, beginning(begun, begun.t - SETTLED_SECONDS));
    } catch (error) {
      if (!(error instanceof StewardError && error.reason === 'cursor_outdated')) throw error;
      // The oplog does not reach back that far, so everything committed so far is returned in the order of ids.
      return this.#forth(query, beginning(begun, begun.t));
    }
  }

  async #back(query: AuditQuery, place: Place | undefined): Promise<AuditPage> {
    if (place === undefined) {
      const { result, at } = await this.#database.readSnapshot((reader) => findRecords(reader, query));
      return { ...backPage(result), follow: cursorTo({ ...commitsAfter(at), settled: ALL }) };
    }
    if (place.phase !== 'back') throw notOf(LIST);
    return backPage(await findRecords(this.#database, query, { after: place.after }));
  }

  async #forth(query: AuditQuery, place: Forward): Promise<AuditPage> {
    const page = new Page(query);
    if (place.phase === 'commits') return this.#commits(query, place, page);
    const { begun, settled, after } = place;
    const bounds = { below: settled, ...(after === undefined ? {} : { after }) };
    const found = await findRecords(this.#database, query, bounds);
    // Read after the records, so that all late batches among them are known.
    const late = await this.#lateSince(place);
    for (const record of found.records) if (!late.batches.includes(batchIn(record.id))) page.take(record);
    const last = found.records.at(-1);
    if (found.more && last !== undefined) {
      // Fail now rather than on a later page.
      if (after === undefined) await this.#assertKept(settled);
      // Earlier batches do not occur on later pages.
      const batches = late.batches.filter((id) => id >= batchIn(last.id));
      return { records: page.records, next: cursorTo({ ...place, after: last.id, late: { ...late, batches } }) };
    }
    return this.#commits(query, { phase: 'commits', begun, settled, from: secondOf(settled), skip: 0 }, page);
  }

  /** Checks that the oplog reaches back to `settled`. @throws cursor_outdated */
  async #assertKept(settled: string): Promise<void> {
    for await (const _ of this.#database.insertedSince(auditCollection, secondOf(settled), BATCHES_ONLY)) return;
  }

  async #lateSince({ begun, settled, late }: Extract<Place, { phase: 'settled' }>): Promise<Late> {
    let { read } = late;
    const batches = [...late.batches];
    for await (const batch of this.#database.insertedSince(auditCollection, read, {
      below: settled,
      ...BATCHES_ONLY,
    })) {
      if (isAfter(batch.committed, begun)) batches.push(batch.id);
      read = batch.after;
    }
    return { read, batches };
  }

  async #commits(query: AuditQuery, place: Extract<Place, { phase: 'commits' }>, page: Page): Promise<AuditPage> {
    let { from, skip } = place;
    let waiting: Inserted[] = [];
    /** Adds the waiting batches to the page. Returns the cursor of the next page if this one is full. */
    const show = async (): Promise<string | undefined> => {
      const batches = waiting.filter((batch) => !isShown(batch, place));
      const records = await recordsIn(
        this.#database,
        query,
        batches.map((b) => b.id),
      );
      for (const batch of waiting) {
        for (const record of records.get(batch.id) ?? []) {
          if (placeIn(record.id) < skip) continue;
          if (!page.take(record)) return cursorTo({ ...place, from: batch.from, skip: placeIn(record.id) });
        }
        skip = 0;
        from = batch.after;
      }
      waiting = [];
      return undefined;
    };
    for await (const batch of this.#database.insertedSince(auditCollection, from, BATCHES_ONLY)) {
      waiting.push(batch);
      const next = waiting.length < BATCHES ? undefined : await show();
      if (next !== undefined) return { records: page.records, next };
    }
    const next = await show();
    if (next !== undefined) return { records: page.records, next };
    return { records: page.records, follow: cursorTo({ ...place, from, skip }) };
  }
}

/** The beginning of the second at which an id was made. */
const secondOf = (id: string): CommitPosition => ({ at: { t: Number.parseInt(id.slice(0, 8), 16), i: 0 } });

/** The start of a search in which ids before this second count as settled. */
function beginning(begun: ClusterTime, second: number): Forward {
  return { phase: 'settled', begun, settled: firstIdOf(second), late: { read: { at: begun }, batches: [] } };
}

function backPage({ records, more }: { records: readonly AuditRecord[]; more: boolean }): AuditPage {
  const last = records.at(-1);
  return more && last !== undefined ? { records, next: cursorTo({ phase: 'back', after: last.id }) } : { records };
}

const commitsAfter = (begun: ClusterTime) => ({ phase: 'commits', begun, from: { at: begun }, skip: 0 }) as const;

const isShown = ({ id, committed }: Inserted, { settled, begun }: Begun) => id < settled && !isAfter(committed, begun);

const isAfter = (one: ClusterTime, other: ClusterTime) => one.t > other.t || (one.t === other.t && one.i > other.i);

function cursorTo(place: Place): string {
  if (place.phase === 'back') return cursorOf(LIST, 'back', place.after);
  const { begun, settled } = place;
  const since = [begun.t, begun.i, settled] as const;
  if (place.phase === 'settled') {
    const { read, batches } = place.late;
    return cursorOf(LIST, 'settled', ...since, place.after ?? '', batches.join(' '), ...keyOf(read));
  }
  return cursorOf(LIST, 'commits', ...since, place.skip, ...keyOf(place.from));
}

function placeOf(cursor: string): Place {
  const [phase, ...key] = readAnyCursor(LIST, cursor);
  if (phase === 'back' && key.length === 1 && isId(key[0])) return { phase, after: key[0] };
  const [t, i, settled, ...rest] = key;
  if (!isCount(t) || !isCount(i) || typeof settled !== 'string' || !/^([0-9a-f]{24}|g)$/.test(settled))
    throw notOf(LIST);
  const begun = { begun: { t, i }, settled };
  if (phase === 'settled') {
    const [after, batches, ...position] = rest;
    const read = positionIn(position);
    if (!isId(after) || !isBatches(batches) || read === undefined) throw notOf(LIST);
    return { phase, ...begun, after, late: { read, batches: batches.split(' ') } };
  }
  const [skip, ...position] = rest;
  const from = positionIn(position);
  if (phase !== 'commits' || !isCount(skip) || from === undefined) throw notOf(LIST);
  return { phase, ...begun, from, skip };
}

const keyOf = (position: CommitPosition) => ('at' in position ? [position.at.t, position.at.i] : [position.after]);

function positionIn([first, second, ...others]: CursorKey): CommitPosition | undefined {
  if (others.length > 0) return undefined;
  if (typeof first === 'string' && second === undefined && /^[0-9A-F]+$/.test(first)) return { after: first };
  return isCount(first) && isCount(second) ? { at: { t: first, i: second } } : undefined;
}

const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{24}-\d{1,3}$/.test(value);
const isBatches = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f ]*$/.test(value);
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
