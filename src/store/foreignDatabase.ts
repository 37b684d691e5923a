import { type Binary, type Db, type Document, MongoClient, MongoError, type ObjectId, type Sort } from 'mongodb';
import { UnfitDatabaseError } from './unfitDatabase.ts';

/** A document of another application, as the driver reads it. */
export type ForeignDocument = Readonly<Record<string, unknown>>;

interface ReadOptions {
  readonly filter?: Document;
  readonly sort?: Sort;
  readonly fields?: readonly string[];
  /** Keeps int, long and double apart, as objects of the driver. */
  readonly keepsNumberTypes?: true;
}

const BATCH = 1_000;
/** The pieces of a file that are read at once. */
const PIECES = 16;

/** A database of another application, which is only read. */
export class ForeignDatabase {
  /** Its hosts and name, without an account: what records say about where something came from. */
  readonly place: string;
  readonly #client: MongoClient;
  readonly #db: Db;

  private constructor(client: MongoClient, place: string) {
    this.#client = client;
    this.#db = client.db();
    this.place = place;
  }

  /** @param uri with the name of the database as its path. @throws UnfitDatabaseError */
  static async connect(uri: string): Promise<ForeignDatabase> {
    let client: MongoClient;
    try {
      client = new MongoClient(uri, { appName: 'steward-import', serverSelectionTimeoutMS: 5_000, retryReads: true });
    } catch (error) {
      throw new UnfitDatabaseError(`This is no address of a MongoDB database: ${String(error)}`);
    }
    const { hosts, dbName } = client.options;
    const place = `${hosts.map(String).join(',')}/${dbName}`;
    try {
      if (!/^mongodb(\+srv)?:\/\/[^/]+\/[^?/]+/.test(uri)) {
        throw new UnfitDatabaseError('The address names no database: it looks like mongodb://HOST:PORT/DATABASE');
      }
      await client.connect();
      return new ForeignDatabase(client, place);
    } catch (error) {
      await client.close();
      if (!(error instanceof MongoError)) throw error;
      throw new UnfitDatabaseError(`The database ${place} cannot be reached: ${error.message}`);
    }
  }

  /** The names of its collections. */
  async collections(): Promise<readonly string[]> {
    const found = await this.#db.listCollections({}, { nameOnly: true }).toArray();
    return found.map(({ name }) => name).filter((name) => !name.startsWith('system.'));
  }

  /** How many documents a collection has, by its metadata. */
  estimatedCount(collection: string): Promise<number> {
    return this.#db.collection(collection).estimatedDocumentCount();
  }

  /** How many documents match. */
  count(collection: string, filter: Document): Promise<number> {
    return this.#db.collection(collection).countDocuments(filter);
  }

  /** How many matching documents have each value of the field. It reads only an index, if that has all fields named. */
  async countBy(collection: string, field: string, filter: Document): Promise<ReadonlyMap<unknown, number>> {
    const stages = [{ $match: filter }, { $group: { _id: `$${field}`, count: { $sum: 1 } } }];
    const found = await this.#db.collection(collection).aggregate(stages, { allowDiskUse: true }).toArray();
    return new Map(found.map(({ _id, count }) => [_id, count]));
  }

  /** The keys of a collection's unique indexes, each the names of its fields in order. */
  async uniqueKeys(collection: string): Promise<readonly (readonly string[])[]> {
    const found = await this.#db.collection(collection).indexes();
    return found.filter(({ unique }) => unique === true).map(({ key }) => Object.keys(key));
  }

  /** Values of these fields that several documents have, at most `limit`. Documents that lack all of them do not count. */
  async repeated(collection: string, fields: readonly string[], limit: number): Promise<readonly ForeignDocument[]> {
    const value = Object.fromEntries(fields.map((field) => [field, `$${field}`]));
    const stages = [
      { $match: { $or: fields.map((field) => ({ [field]: { $ne: null } })) } },
      { $group: { _id: value, count: { $sum: 1 } } },
      { $match: { count: { $gt: 1 } } },
      { $sort: { _id: 1 } },
      { $limit: limit },
    ];
    const found = await this.#db.collection(collection).aggregate(stages, { allowDiskUse: true }).toArray();
    return found.map(({ _id }) => _id);
  }

  /** Matching documents, one after the other. */
  async *read(collection: string, options: ReadOptions = {}): AsyncGenerator<ForeignDocument> {
    for await (const page of this.pages(collection, options)) yield* page;
  }

  /** Matching documents, as many at a time as the server sends: at most a thousand, or 16 MB. */
  async *pages(collection: string, options: ReadOptions = {}): AsyncGenerator<readonly ForeignDocument[]> {
    const { filter = {}, sort, fields, keepsNumberTypes } = options;
    const cursor = this.#db.collection(collection).find(filter, {
      batchSize: BATCH,
      ...(sort === undefined ? {} : { sort, allowDiskUse: true }),
      ...(fields === undefined ? {} : { projection: projectionOf(fields) }),
      ...(keepsNumberTypes ? { promoteValues: false } : {}),
    });
    try {
      while (await cursor.hasNext()) yield cursor.readBufferedDocuments();
    } finally {
      await cursor.close();
    }
  }

  /** All matching documents, which must be few. */
  async find(collection: string, options: ReadOptions = {}): Promise<ForeignDocument[]> {
    const found: ForeignDocument[] = [];
    for await (const page of this.pages(collection, options)) found.push(...page);
    return found;
  }

  /** The pieces of a file in GridFS, in order. */
  async *pieces(bucket: string, id: unknown): AsyncGenerator<Uint8Array> {
    const cursor = this.#db
      .collection(`${bucket}.chunks`)
      .find({ files_id: id as ObjectId }, { sort: { n: 1 }, batchSize: PIECES });
    let next = 0;
    for await (const { n, data } of cursor) {
      if (Number(n) !== next) throw new Error(`the piece ${next} of the file ${String(id)} is missing`);
      next += 1;
      const binary = data as Binary;
      yield binary.buffer.subarray(0, binary.length());
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

const projectionOf = (fields: readonly string[]): Document => ({
  ...(fields.includes('_id') ? {} : { _id: 0 }),
  ...Object.fromEntries(fields.map((field) => [field, 1])),
});

/** When the driver of the other application made this id; undefined for a value that is no such id. */
export function madeAt(id: unknown): Date | undefined {
  const candidate = id as Partial<ObjectId> | null;
  return typeof candidate?.getTimestamp === 'function' ? candidate.getTimestamp() : undefined;
}

/** A number that was read with its type: whole numbers in their own digits, doubles as a JavaScript number. */
export function typedNumber(value: unknown): { readonly whole: string } | { readonly double: number } | undefined {
  const { _bsontype: type } = (value ?? {}) as { readonly _bsontype?: string };
  if (type === 'Int32' || type === 'Long') return { whole: String(value) };
  if (type === 'Double') return { double: Number(value) };
  return undefined;
}
