import type { Filter, Reader } from '../store/collection.ts';
import { firstIdAt } from '../store/ids.ts';
import { bsonSize } from '../store/size.ts';
import { type AuditBatch, type AuditRecord, auditCollection, type Outcome } from './record.ts';

/** Which records: all that is given must hold. `actor`, `onBehalfOf` and `subject` are principal ids. */
export interface AuditQuery {
  readonly actor?: string;
  readonly onBehalfOf?: string;
  readonly subject?: string;
  readonly command?: string;
  readonly outcome?: Outcome;
  readonly resource?: string;
  /** The principal to whom it told something. */
  readonly noticeTo?: string;
  readonly record?: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly newestFirst?: boolean;
  readonly cursor?: string;
  readonly limit?: number;
}

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** The cursor of the next page; absent on the last. */
  readonly next?: string;
}

const PAGE = 100;
/** Once a page holds so many bytes of records, it ends. */
const PAGE_BYTES = 16_000_000;
/** Records come in batches, each of at most 16 MB; how many one read brings. */
const BATCHES = 20;
/** Of these batches as many, and at least one. */
const READ_BYTES = 16_000_000;

/**
 * A page of the audit, in the order of the records' ids, which is that of their instants. It has fewer records than asked
 * for where these are large.
 */
export async function findRecords(reader: Reader, query: AuditQuery): Promise<AuditPage> {
  const limit = query.limit ?? PAGE;
  const places = query.resource === undefined ? undefined : placesOf(reader, query.resource);
  const matches = matcher(query, places);
  const found: AuditRecord[] = [];
  let bytes = 0;
  const { cursor } = query;
  let start: Start | undefined = cursor === undefined ? undefined : { batch: batchOf(cursor), included: true };
  for (;;) {
    const batches = await reader.find(auditCollection, filterOf(query, places, start), {
      sort: { _id: query.newestFirst ? -1 : 1 },
      limit: BATCHES,
      maxBytes: READ_BYTES,
    });
    for (const record of batches.flatMap((b) => inOrder(query, b))) {
      if (cursor !== undefined && !isAfter(query, record.id, cursor)) continue;
      if (!matches(record)) continue;
      const last = found.at(-1);
      const full = found.length === limit || bytes > PAGE_BYTES;
      if (full && last !== undefined) return { records: found, next: last.id };
      found.push(record);
      bytes += bsonSize(record);
    }
    const last = batches.at(-1);
    if (last === undefined) return { records: found };
    start = { batch: last._id, included: false };
  }
}

/** `<collection>/<id>` under every name that the collection has had in records. */
function placesOf(reader: Reader, place: string): readonly string[] {
  const slash = place.indexOf('/');
  if (slash < 0) return [place];
  return reader.aliasesOf(place.slice(0, slash)).map((name) => `${name}${place.slice(slash)}`);
}

/** The batch that a read begins with, or after which it begins. */
interface Start {
  readonly batch: string;
  readonly included: boolean;
}

function filterOf(query: AuditQuery, places: readonly string[] | undefined, start: Start | undefined): Filter {
  const item: Filter = {};
  if (query.actor !== undefined) item['actor.id'] = query.actor;
  if (query.onBehalfOf !== undefined) item['onBehalfOf.id'] = query.onBehalfOf;
  if (query.subject !== undefined) item['subject.id'] = query.subject;
  if (query.command !== undefined) item.command = query.command;
  if (query.outcome !== undefined) item.outcome = query.outcome;
  if (places !== undefined) item.resources = places.length === 1 ? places[0] : { $in: places };
  const id: Filter = {};
  if (query.record !== undefined) id.$eq = batchOf(query.record);
  if (query.from !== undefined) id.$gte = firstIdAt(new Date(query.from.getTime() - SLACK_MS));
  if (query.to !== undefined) id.$lt = firstIdAt(new Date(query.to.getTime() + SLACK_MS));
  const bounds = [id];
  if (start !== undefined) bounds.push(boundOf(query, start));
  const conditions: Filter[] = bounds.filter((b) => Object.keys(b).length > 0).map((b) => ({ _id: b }));
  // Outside of the item's conditions, where the server sees that the index of notices has all it asks for.
  if (query.noticeTo !== undefined) conditions.push({ 'records.notices.to': { $eq: query.noticeTo } });
  if (Object.keys(item).length > 0) conditions.push({ records: { $elemMatch: item } });
  // Said once more, since the indexes of what few records have are not found through $elemMatch.
  if (query.onBehalfOf !== undefined) conditions.push({ 'records.onBehalfOf.id': { $eq: query.onBehalfOf } });
  if (query.subject !== undefined) conditions.push({ 'records.subject.id': { $eq: query.subject } });
  return conditions.length === 0 ? {} : { $and: conditions };
}

function boundOf({ newestFirst }: AuditQuery, { batch, included }: Start): Filter {
  const direction = newestFirst ? '$lt' : '$gt';
  return { [included ? `${direction}e` : direction]: batch };
}

/** A record's instant may lie somewhat before its batch's id: it waited, or its clock was set. */
const SLACK_MS = 120_000;

function matcher(query: AuditQuery, places: readonly string[] | undefined): (record: AuditRecord) => boolean {
  return (r) =>
    (query.actor === undefined || r.actor.id === query.actor) &&
    (query.onBehalfOf === undefined || r.onBehalfOf?.id === query.onBehalfOf) &&
    (query.subject === undefined || r.subject?.id === query.subject) &&
    (query.command === undefined || r.command === query.command) &&
    (query.outcome === undefined || r.outcome === query.outcome) &&
    (places === undefined || places.some((place) => r.resources.includes(place))) &&
    (query.noticeTo === undefined || (r.notices?.some((n) => n.to === query.noticeTo) ?? false)) &&
    (query.record === undefined || r.id === query.record) &&
    (query.from === undefined || r.at >= query.from) &&
    (query.to === undefined || r.at < query.to);
}

const inOrder = (query: AuditQuery, batch: AuditBatch) =>
  query.newestFirst ? batch.records.toReversed() : batch.records;

const batchOf = (record: string) => record.slice(0, record.indexOf('-'));
const placeOf = (record: string) => Number(record.slice(record.indexOf('-') + 1));

function isAfter(query: AuditQuery, record: string, cursor: string): boolean {
  const order =
    batchOf(record) === batchOf(cursor)
      ? placeOf(record) - placeOf(cursor)
      : batchOf(record) < batchOf(cursor)
        ? -1
        : 1;
  return query.newestFirst ? order < 0 : order > 0;
}
