import { firstIdOf } from '../store/clusterClock.ts';
import type { Filter, Reader } from '../store/collection.ts';
import { bsonSize } from '../store/size.ts';
import { type AuditBatch, type AuditRecord, auditCollection, CONCERNS, type Outcome, ofBatches } from './record.ts';

/** Selects records that match all given fields. `actor`, `onBehalfOf` and `subject` are principal ids. */
export interface AuditQuery {
  readonly actor?: string;
  readonly onBehalfOf?: string;
  readonly subject?: string;
  readonly command?: string;
  readonly commands?: CommandSet;
  readonly outcome?: Outcome;
  readonly resource?: string;
  /** The HMAC of a secret or sensitive value among its parameters or changes. */
  readonly contains?: string;
  /** Principals, any of whom it concerns: {@link AuditRecord.concerns}. */
  readonly concerning?: readonly string[];
  /** The recipient of a notice in the record. */
  readonly noticeTo?: string;
  readonly record?: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly newestFirst?: boolean;
  readonly limit?: number;
}

/** Some commands, or all but some. */
export interface CommandSet {
  readonly names: readonly string[];
  readonly isIncluded: boolean;
}

/** The range to search. */
export interface Bounds {
  /** The page begins after the record with this id, in the order of the query. */
  readonly after?: string;
  /** Only batches with lower ids. */
  readonly below?: string;
}

export interface Found {
  readonly records: readonly AuditRecord[];
  /** Whether there are more. */
  readonly more: boolean;
}

const PAGE = 100;
/** A page ends when its records reach this many bytes. */
const PAGE_BYTES = 16_000_000;
/** How many batches of records one query reads; a batch has at most 16 MB. */
const BATCHES = 20;
/** One query stops at this many bytes, after at least one batch. */
const READ_BYTES = 16_000_000;

export type AuditReader = Pick<Reader, 'find' | 'aliasesOf'>;

/** Collects the records of a page, which holds fewer records than requested if they are large. */
export class Page {
  readonly records: AuditRecord[] = [];
  readonly #limit: number;
  #bytes = 0;

  constructor({ limit = PAGE }: AuditQuery) {
    this.#limit = limit;
  }

  /** Adds a record. @returns false if the page is full */
  take(record: AuditRecord): boolean {
    const full = this.records.length === this.#limit || this.#bytes > PAGE_BYTES;
    if (full && this.records.length > 0) return false;
    this.records.push(record);
    this.#bytes += bsonSize(record);
    for (const { characters } of record.changeParts ?? []) this.#bytes += characters;
    return true;
  }
}

/** A page of the audit in the order of the records' ids, which begin with the second of their creation. */
export async function findRecords(
  reader: AuditReader,
  query: AuditQuery,
  { after, below }: Bounds = {},
): Promise<Found> {
  const page = new Page(query);
  const search = searchOf(reader, query);
  let start: Start | undefined = after === undefined ? undefined : { batch: batchIn(after), included: true };
  for (;;) {
    const bounds: Filter[] = start === undefined ? [] : [{ _id: boundOf(query, start) }];
    if (below !== undefined) bounds.push({ _id: { $lt: below } });
    const batches = await reader.find(auditCollection, search.filter(bounds), {
      sort: { _id: query.newestFirst ? -1 : 1 },
      limit: BATCHES,
      maxBytes: READ_BYTES,
      // The other way, back through all records, would take long where few of them concern somebody.
      ...(query.concerning === undefined ? {} : { hint: CONCERNS }),
    });
    for (const record of batches.flatMap((b) => inOrder(query, b))) {
      if (after !== undefined && !isAfter(query, record.id, after)) continue;
      if (search.matches(record) && !page.take(record)) return { records: page.records, more: true };
    }
    const last = batches.at(-1);
    if (last === undefined) return { records: page.records, more: false };
    start = { batch: last._id, included: false };
  }
}

/** The records of these batches that match the query, by batch. */
export async function recordsIn(
  reader: AuditReader,
  query: AuditQuery,
  batches: readonly string[],
): Promise<Map<string, AuditRecord[]>> {
  const search = searchOf(reader, query);
  const found = await reader.find(auditCollection, search.filter([{ _id: { $in: [...batches] } }]));
  return new Map(found.map(({ _id, records }) => [_id, records.filter(search.matches)]));
}

function searchOf(reader: AuditReader, query: AuditQuery) {
  const places = query.resource === undefined ? undefined : placesOf(reader, query.resource);
  return {
    filter: (bounds: readonly Filter[]) => filterOf(query, places, bounds),
    matches: matcher(query, places),
  };
}

/** `<collection>/<id>` under every name that the collection has had in records. */
function placesOf(reader: AuditReader, place: string): readonly string[] {
  const slash = place.indexOf('/');
  if (slash < 0) return [place];
  return reader.aliasesOf(place.slice(0, slash)).map((name) => `${name}${place.slice(slash)}`);
}

/** The batch at which a read begins, either with it or after it. */
interface Start {
  readonly batch: string;
  readonly included: boolean;
}

function filterOf(query: AuditQuery, places: readonly string[] | undefined, bounds: readonly Filter[]): Filter {
  const item: Filter = {};
  if (query.actor !== undefined) item['actor.id'] = query.actor;
  if (query.onBehalfOf !== undefined) item['onBehalfOf.id'] = query.onBehalfOf;
  if (query.subject !== undefined) item['subject.id'] = query.subject;
  const commands = commandsIn(query);
  if (commands !== undefined) item.command = commands;
  if (query.outcome !== undefined) item.outcome = query.outcome;
  if (places !== undefined) item.resources = places.length === 1 ? places[0] : { $in: places };
  const id: Filter = {};
  if (query.record !== undefined) id.$eq = batchIn(query.record);
  if (query.from !== undefined) id.$gte = firstIdOf(secondOf(query.from) - SLACK_SECONDS);
  if (query.to !== undefined) id.$lt = firstIdOf(secondOf(query.to) + SLACK_SECONDS);
  const conditions: Filter[] = Object.keys(id).length > 0 ? [...bounds, { _id: id }] : [...bounds];
  if (query.contains !== undefined) conditions.push(containing(query.contains, query.command !== undefined));
  // Outside of $elemMatch, so that the server can use the partial index of notices.
  if (query.noticeTo !== undefined) conditions.push({ 'records.notices.to': { $eq: query.noticeTo } });
  if (query.concerning !== undefined) conditions.push({ 'records.concerns.id': { $in: [...query.concerning] } });
  if (Object.keys(item).length > 0) conditions.push({ records: { $elemMatch: item } });
  // Repeated outside of $elemMatch, through which the server does not find partial indexes.
  if (query.onBehalfOf !== undefined) conditions.push({ 'records.onBehalfOf.id': { $eq: query.onBehalfOf } });
  if (query.subject !== undefined) conditions.push({ 'records.subject.id': { $eq: query.subject } });
  return { $and: [...conditions, ofBatches] };
}

function commandsIn({ command, commands }: AuditQuery): Filter | string | undefined {
  if (commands === undefined) return command;
  const among = { [commands.isIncluded ? '$in' : '$nin']: [...commands.names] };
  return command === undefined ? among : { $eq: command, ...among };
}

/** Records of earlier versions have no list of HMACs; where another condition has an index, they are examined. */
function containing(hmac: string, withEarlier: boolean): Filter {
  const listed = { 'records.hmacs': { $eq: hmac } };
  return withEarlier ? { $or: [listed, { 'records.hmacs': { $exists: false } }] } : listed;
}

function boundOf({ newestFirst }: AuditQuery, { batch, included }: Start): Filter {
  const direction = newestFirst ? '$lt' : '$gt';
  return { [included ? `${direction}e` : direction]: batch };
}

/** The time of a record may be a little earlier than its batch's id, because it waited or the clock was changed. */
const SLACK_SECONDS = 120;

const secondOf = (instant: Date) => Math.floor(instant.getTime() / 1000);

function matcher(query: AuditQuery, places: readonly string[] | undefined): (record: AuditRecord) => boolean {
  return (r) =>
    (query.actor === undefined || r.actor.id === query.actor) &&
    (query.onBehalfOf === undefined || r.onBehalfOf?.id === query.onBehalfOf) &&
    (query.subject === undefined || r.subject?.id === query.subject) &&
    (query.command === undefined || r.command === query.command) &&
    (query.commands === undefined || query.commands.names.includes(r.command) === query.commands.isIncluded) &&
    (query.outcome === undefined || r.outcome === query.outcome) &&
    (places === undefined || places.some((place) => r.resources.includes(place))) &&
    (query.contains === undefined || contains(r, query.contains)) &&
    (query.noticeTo === undefined || (r.notices?.some((n) => n.to === query.noticeTo) ?? false)) &&
    (query.concerning === undefined || (r.concerns?.some(({ id }) => query.concerning?.includes(id)) ?? false)) &&
    (query.record === undefined || r.id === query.record) &&
    (query.from === undefined || r.at >= query.from) &&
    (query.to === undefined || r.at < query.to);
}

function contains({ hmacs, params }: AuditRecord, hmac: string): boolean {
  return hmacs === undefined ? holds(params, hmac) : hmacs.includes(hmac);
}

function holds(value: unknown, text: string): boolean {
  if (value === null || typeof value !== 'object') return value === text;
  return Object.values(value).some((inner) => holds(inner, text));
}

const inOrder = (query: AuditQuery, batch: AuditBatch) =>
  query.newestFirst ? batch.records.toReversed() : batch.records;

/** The batch of the record with this id, and its position in the batch. */
export const batchIn = (record: string) => record.slice(0, record.indexOf('-'));
export const placeIn = (record: string) => Number(record.slice(record.indexOf('-') + 1));

function isAfter(query: AuditQuery, record: string, after: string): boolean {
  const order =
    batchIn(record) === batchIn(after) ? placeIn(record) - placeIn(after) : batchIn(record) < batchIn(after) ? -1 : 1;
  return query.newestFirst ? order < 0 : order > 0;
}
