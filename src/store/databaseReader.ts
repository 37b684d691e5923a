import type { ClientSession, Db, Document, FindCursor } from 'mongodb';
import { defined } from '../base/defined.ts';
import {
  type AnyCollection,
  assertNoUndefined,
  type Collection,
  type Filter,
  type FindOptions,
  type Part,
  type Period,
  type Reader,
  type Stored,
  type Wanted,
} from './collection.ts';
import type { CommandQueue } from './commandQueue.ts';
import { EqualReads } from './equalReads.ts';
import { GatheredReads, lookupOf, type ReadOptions } from './gatheredReads.ts';
import { aliasesOf } from './migrations/aliases.ts';
import type { Migration } from './migrations/migration.ts';
import { bsonSize } from './size.ts';

export interface ReaderOptions {
  readonly db: Db;
  readonly migrations: readonly Migration[];
  /** The session whose transaction is read. */
  readonly session?: ClientSession;
  /** Sends the session's commands, if several may be requested at once. */
  readonly queue?: CommandQueue;
  /** Whether lookups of the same kind are gathered into one query. */
  readonly gather?: true;
}

/** Gathered lookups of fewer documents are not packed: packing would cost the server more than it saves. */
const FEW = 20;

/** The answer to a packed read is one document, in which this many ids fit. More documents are read unpacked. */
const MAX_PACKED = 50_000;

const MAJORITY = { readConcern: { level: 'majority' as const } };

/** Reads of the database, either outside of transactions or in the transaction of a session. */
export class DatabaseReader implements Reader {
  readonly db: Db;
  readonly migrations: readonly Migration[];
  readonly #session: ClientSession | undefined;
  readonly #queue: CommandQueue | undefined;
  readonly #gathered: GatheredReads | undefined;
  readonly #equal: EqualReads | undefined;

  constructor({ db, migrations, session, queue, gather }: ReaderOptions) {
    this.db = db;
    this.migrations = migrations;
    this.#session = session;
    this.#queue = queue;
    if (gather) {
      this.#equal = new EqualReads();
      this.#gathered = new GatheredReads(({ collection, others, field, options }, values) =>
        this.#send(() => {
          const filter = { ...others, [field]: { $in: values } };
          const { packed: _, ...plain } = options;
          return this.#fetch(collection, filter, values.length < FEW ? plain : options);
        }),
      );
    }
  }

  async get<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const [found = null] = await this.#documents(from, { _id: { $eq: id } }, { limit: 1 });
    return found as T | null;
  }

  async find<T extends Stored>(from: Collection<T>, filter: Filter, options: FindOptions = {}): Promise<T[]> {
    return (await this.#documents(from, filter, options)) as unknown as T[];
  }

  async parts<T extends Stored, K extends keyof T & string>(
    from: Collection<T>,
    filter: Filter,
    { fields, items = {}, expiring = {}, upTo = {}, ...options }: Wanted<K> & FindOptions,
  ): Promise<Part<T, K>[]> {
    const projected = { ...options, projection: projectionOf(from, { fields, items, expiring, upTo }) };
    const read = options.sortsParts ? this.#sortedParts(from, filter, projected) : undefined;
    return (await (read ?? this.#documents(from, filter, projected))) as unknown as Part<T, K>[];
  }

  count(from: AnyCollection, filter: Filter, limit?: number): Promise<number> {
    assertNoUndefined(filter);
    if (matchesNothing(filter)) return Promise.resolve(0);
    const options = { ...(limit === undefined ? {} : { limit }), ...this.#inSession };
    return this.#send(() => this.db.collection<Document>(from.name).countDocuments(filter, options));
  }

  async countBy(from: AnyCollection, field: string, filter: Filter): Promise<Map<unknown, number>> {
    const groups = await this.#aggregate(from, [
      { $match: filter },
      { $group: { _id: `$${field}`, count: { $sum: 1 } } },
    ]);
    return new Map(groups.map(({ _id, count }): [unknown, number] => [_id, count]));
  }

  /** The total size of the matching documents, or of one of their fields, in bytes of BSON. */
  async bytesOf(from: AnyCollection, filter: Filter, field?: string): Promise<number> {
    const measured = field === undefined ? '$$ROOT' : { [field]: `$${field}` };
    const [sum] = await this.#aggregate(from, [
      { $match: filter },
      { $group: { _id: null, bytes: { $sum: { $bsonSize: measured } } } },
    ]);
    return Number(sum?.bytes ?? 0);
  }

  distinct(from: AnyCollection, field: string, filter: Filter): Promise<unknown[]> {
    assertNoUndefined(filter);
    return this.#send(() => this.db.collection<Document>(from.name).distinct(field, filter, this.#inSession));
  }

  aliasesOf(collection: string): readonly string[] {
    return aliasesOf(collection, this.migrations);
  }

  /** How much must be committed of what is read, and the session. */
  #context(committed: true | undefined): { session?: ClientSession; readConcern?: { level: 'majority' } } {
    return this.#session === undefined ? (committed ? MAJORITY : {}) : { session: this.#session };
  }

  get #inSession(): { readonly session?: ClientSession } {
    return this.#session === undefined ? {} : { session: this.#session };
  }

  #send<R>(read: () => Promise<R>): Promise<R> {
    return this.#queue === undefined ? read() : this.#queue.run(read);
  }

  async #documents(from: AnyCollection, filter: Filter, options: ReadOptions): Promise<readonly Document[]> {
    assertNoUndefined(filter);
    if (matchesNothing(filter)) return [];
    const lookup = this.#gathered === undefined ? undefined : lookupOf(from, filter, options);
    if (lookup !== undefined) return (await this.#gathered?.find(lookup)) ?? [];
    const read = () => this.#send(() => this.#fetch(from.name, filter, options));
    return options.packed && this.#equal !== undefined
      ? this.#equal.find({ from: from.name, filter, options }, read)
      : read();
  }

  #fetch(collection: string, filter: Filter, options: ReadOptions): Promise<Document[]> {
    if (options.packed) return this.#packed(collection, filter, options);
    const cursor = this.#cursor(collection, filter, options);
    return options.maxBytes === undefined ? cursor.toArray() : upTo(options.maxBytes, cursor);
  }

  #cursor(
    collection: string,
    filter: Filter,
    { committed, untracked: _, maxBytes: __, sortsParts: ___, packed: ____, ...options }: ReadOptions,
  ): FindCursor<Document> {
    // Enough for lists of a few hundred in one batch.
    const all = { batchSize: 1_000, ...options, ...this.#context(committed) };
    return this.db.collection<Document>(collection).find(filter, all);
  }

  async #packed(collection: string, filter: Filter, options: ReadOptions): Promise<Document[]> {
    const { projection, sort, skip, limit = MAX_PACKED + 1, hint, committed } = options;
    const fields = Object.keys({ _id: 1, ...projection });
    const lists = fields.map((field, i) => [`list${i}`, { $push: `$${field}` }] as const);
    const stages: Document[] = [
      { $match: filter },
      ...(sort === undefined ? [] : [{ $sort: sort }]),
      ...(skip === undefined ? [] : [{ $skip: skip }]),
      { $limit: Math.min(limit, MAX_PACKED + 1) },
      { $group: { _id: null, ...Object.fromEntries(lists) } },
    ];
    const cursor = this.db.collection<Document>(collection).aggregate(stages, {
      ...defined({ hint }),
      ...this.#context(committed),
    });
    const [packed = {}] = await cursor.toArray();
    const values = lists.map(([list]): readonly unknown[] => packed[list] ?? []);
    const [ids = []] = values;
    if (ids.length > MAX_PACKED) return this.#cursor(collection, filter, options).toArray();
    if (values.some(({ length }) => length !== ids.length))
      throw new Error(`A document of ${collection} lacks a field`);
    return ids.map((_, i) => Object.fromEntries(fields.map((field, n) => [field, values[n]?.[i]])));
  }

  /** Projects before sorting; a find would sort whole documents. */
  #sortedParts(
    from: AnyCollection,
    filter: Filter,
    { projection, sort = {}, skip = 0, limit, hint }: ReadOptions,
  ): Promise<readonly Document[]> {
    const cut = limit === undefined ? [] : [{ $limit: limit }];
    const stages = [{ $match: filter }, { $project: projection }, { $sort: sort }, { $skip: skip }, ...cut];
    return this.#aggregate(from, stages, hint === undefined ? {} : { hint });
  }

  #aggregate(from: AnyCollection, stages: Document[], options: Document = {}): Promise<Document[]> {
    assertNoUndefined(stages[0]?.$match);
    const cursor = this.db.collection<Document>(from.name).aggregate(stages, { ...options, ...this.#inSession });
    return this.#send(() => cursor.toArray());
  }
}

/** Whether one of the fields must have one of no values. Such queries are common, and need not be sent. */
const matchesNothing = (filter: Filter): boolean =>
  Object.values(filter).some((condition) => Array.isArray(condition?.$in) && condition.$in.length === 0);

/** The first documents of a cursor, until they reach `maxBytes`. A batch of the server has at most 16 MB. */
async function upTo(maxBytes: number, cursor: FindCursor<Document>): Promise<Document[]> {
  const found: Document[] = [];
  let bytes = 0;
  for await (const doc of cursor) {
    found.push(doc);
    bytes += bsonSize(doc);
    if (bytes >= maxBytes) break;
  }
  return found;
}

const NONE = { $literal: [] };

function projectionOf(from: AnyCollection, { fields, items, expiring, upTo }: Required<Wanted<string>>): Document {
  const projection: Document = { revision: 1 };
  for (const field of fields) projection[field] = 1;
  for (const list of new Set([...Object.keys(items), ...Object.keys(expiring)])) {
    const keys = items[list];
    if (keys?.length === 0) {
      // An administrator needs none of a resource's grants, of which there may be thousands.
      projection[list] = NONE;
      continue;
    }
    const input = { $ifNull: [`$${list}`, []] };
    const key = `$$this.${from.keyedLists[list]}`;
    const among = keys === undefined ? [] : [{ $in: [key, { $literal: keys }] }];
    projection[list] = { $filter: { input, cond: { $and: [...among, ...within(expiring[list])] } } };
  }
  for (const [field, bytes] of Object.entries(upTo)) {
    if (!fields.includes(field)) continue;
    const isShort = { $lte: [{ $strLenBytes: { $ifNull: [`$${field}`, ''] } }, bytes] };
    projection[field] = { $cond: [isShort, `$${field}`, '$$REMOVE'] };
  }
  return projection;
}

/** The conditions on an item that it expires in this period. A missing value sorts before all dates. */
function within(period: Period | undefined): Document[] {
  if (period === undefined) return [];
  const { after, until } = period;
  return [{ $gt: ['$$this.expires', after ?? null] }, { $lte: ['$$this.expires', until] }];
}
