import type { ClientSession, Db, Document, FindCursor } from 'mongodb';
import {
  type AnyCollection,
  assertNoUndefined,
  type Collection,
  type Filter,
  type FindOptions,
  type Part,
  type Reader,
  type Stored,
  type Wanted,
} from './collection.ts';
import type { CommandQueue } from './commandQueue.ts';
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

/** Reads of the database, either outside of transactions or in the transaction of a session. */
export class DatabaseReader implements Reader {
  readonly db: Db;
  readonly migrations: readonly Migration[];
  readonly #session: ClientSession | undefined;
  readonly #queue: CommandQueue | undefined;
  readonly #gathered: GatheredReads | undefined;

  constructor({ db, migrations, session, queue, gather }: ReaderOptions) {
    this.db = db;
    this.migrations = migrations;
    this.#session = session;
    this.#queue = queue;
    if (gather) {
      this.#gathered = new GatheredReads(({ collection, others, field, options }, values) =>
        this.#send(() => this.#cursor(collection, { ...others, [field]: { $in: values } }, options).toArray()),
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
    { fields, items = {}, upTo = {}, ...options }: Wanted<K> & FindOptions,
  ): Promise<Part<T, K>[]> {
    const projected = { ...options, projection: projectionOf(from, { fields, items, upTo }) };
    const read = options.sortsParts ? this.#sortedParts(from, filter, projected) : undefined;
    return (await (read ?? this.#documents(from, filter, projected))) as unknown as Part<T, K>[];
  }

  count(from: AnyCollection, filter: Filter, limit?: number): Promise<number> {
    assertNoUndefined(filter);
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

  get #inSession(): { readonly session?: ClientSession } {
    return this.#session === undefined ? {} : { session: this.#session };
  }

  #send<R>(read: () => Promise<R>): Promise<R> {
    return this.#queue === undefined ? read() : this.#queue.run(read);
  }

  async #documents(from: AnyCollection, filter: Filter, options: ReadOptions): Promise<readonly Document[]> {
    assertNoUndefined(filter);
    const lookup = this.#gathered === undefined ? undefined : lookupOf(from, filter, options);
    if (lookup !== undefined) return (await this.#gathered?.find(lookup)) ?? [];
    const cursor = this.#cursor(from.name, filter, options);
    const { maxBytes } = options;
    return this.#send(() => (maxBytes === undefined ? cursor.toArray() : upTo(maxBytes, cursor)));
  }

  #cursor(
    collection: string,
    filter: Filter,
    { committed, aside: _, maxBytes: __, sortsParts: ___, ...options }: ReadOptions,
  ): FindCursor<Document> {
    const isOutside = this.#session === undefined;
    const concern = committed === true && isOutside ? { readConcern: { level: 'majority' as const } } : {};
    return (
      this.db
        .collection<Document>(collection)
        // Enough for lists of a few hundred in one batch.
        .find(filter, { batchSize: 1_000, ...options, ...concern, ...this.#inSession })
    );
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

function projectionOf(from: AnyCollection, { fields, items, upTo }: Required<Wanted<string>>): Document {
  const projection: Document = { revision: 1 };
  for (const field of fields) projection[field] = 1;
  for (const [list, keys] of Object.entries(items)) {
    const input = { $ifNull: [`$${list}`, []] };
    const key = `$$this.${from.keyedLists[list]}`;
    projection[list] = { $filter: { input, cond: { $in: [key, { $literal: keys }] } } };
  }
  for (const [field, bytes] of Object.entries(upTo)) {
    if (!fields.includes(field)) continue;
    const isShort = { $lte: [{ $strLenBytes: { $ifNull: [`$${field}`, ''] } }, bytes] };
    projection[field] = { $cond: [isShort, `$${field}`, '$$REMOVE'] };
  }
  return projection;
}
