import {
  type ClientSession,
  type Document,
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { StewardError } from '../base/errors.ts';
import { connectIfPresent } from './absentServer.ts';
import { assertBookkeeping } from './bookkeeping.ts';
import { type Digester, keyedDigest, valueHmac } from './changes.ts';
import { ClusterClock, type ClusterTime } from './clusterClock.ts';
import { type AnyCollection, assertIntact, type Collection, type Reader, type Stored } from './collection.ts';
import type { CommandQueue } from './commandQueue.ts';
import { type CommitPosition, type Inserted, type InsertedFilter, Insertions, insertedSince } from './commitOrder.ts';
import { Counters } from './counters.ts';
import { DatabaseReader, type ReaderOptions } from './databaseReader.ts';
import { Files, fileCollections } from './files.ts';
import { dropIndexes, ensureCollections } from './indexes.ts';
import { Leases } from './leases.ts';
import { endWaitsForLostSockets } from './lostSockets.ts';
import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { type Sealer, sealerWith } from './sealing.ts';
import { Sessions } from './sessions.ts';
import { ITEM_LIMITS, type ItemLimits } from './size.ts';
import { Turnstile } from './turnstile.ts';
import { UnfitDatabaseError } from './unfitDatabase.ts';

export interface DatabaseOptions {
  /** A mongodb:// URI. */
  readonly uri: string;
  readonly database: string;
  readonly user?: string;
  readonly password?: string;
  /** The migration steps that lead to the layout of this program; all steps by default. */
  readonly migrations?: readonly Migration[];
  /** Other bounds of transactions, for tests. */
  readonly limits?: Partial<ItemLimits>;
  /** A client of this server, for tests that open many databases; it stays open when the database is closed. */
  readonly client?: MongoClient;
}

/** Not `steward`: programs older than the version document use that name, by which a migration finds them. */
const APP_NAME = 'steward-server';

const MAX_UPSERT_ATTEMPTS = 3;

/**
 * Longer than a replica set takes to elect another primary, so that calls go on after it, and shorter than the deadline of
 * calls.
 */
const SELECTION_MS = 15_000;

interface Opened extends Pick<ReaderOptions, 'db' | 'migrations'>, Pick<DatabaseOptions, 'limits' | 'client'> {}

/** A document that is inserted, or updated if it is there, outside of transactions. */
export interface Upsert<T extends Stored> {
  readonly id: string;
  readonly raise: Partial<T>;
  readonly insert: Partial<T>;
}

/**
 * The connection to MongoDB, which must be a replica set or a sharded cluster, since writes need transactions.
 */
export class Database extends DatabaseReader {
  readonly client: MongoClient;
  readonly version: string;
  readonly clock: ClusterClock;
  readonly sessions = new Sessions();
  /** The queue of transactions that run again after a conflict. */
  readonly conflicts = new Turnstile();
  readonly counters: Counters;
  readonly leases: Leases;
  readonly files: Files;
  readonly limits: ItemLimits;
  readonly #ownsClient: boolean;
  #confirm: (() => Promise<void>) | undefined;
  #digestKey: Buffer | undefined;

  private constructor(client: MongoClient, version: string, options: Opened) {
    const { db, migrations, limits } = options;
    super({ db, migrations, gather: true });
    this.limits = { ...ITEM_LIMITS, ...limits };
    this.client = client;
    this.#ownsClient = options.client === undefined;
    this.version = version;
    this.clock = new ClusterClock(client);
    this.counters = new Counters(db);
    this.leases = new Leases(db);
    this.files = new Files(db);
  }

  /** Connects. @throws UnfitDatabaseError if the server cannot be used or has no transactions */
  static async connect(options: DatabaseOptions): Promise<Database> {
    endWaitsForLostSockets();
    const client = options.client ?? newClient(options);
    try {
      await connectIfPresent(client);
      const db = client.db(options.database);
      const hello = await db.admin().command({ hello: 1 });
      if (hello.setName === undefined && hello.msg !== 'isdbgrid') {
        throw new UnfitDatabaseError(
          'The MongoDB server is a standalone, which has no transactions. Make it a replica set (one node will do): ' +
            'start mongod with --replSet rs0 and run rs.initiate() in mongosh once.',
        );
      }
      const { version } = await db.admin().command({ buildInfo: 1 });
      return new Database(client, String(version), { migrations, ...options, db });
    } catch (error) {
      if (options.client === undefined) await client.close();
      throw error instanceof MongoError ? new UnfitDatabaseError(connectionFailure(error, options)) : error;
    }
  }

  /** Sets the key of the digests in change lists, which all instances share. */
  useDigestKey(key: Buffer): void {
    this.#digestKey = key;
  }

  /** What replaces values in change lists. */
  readonly digester: Digester = {
    digest: (value) => this.keyedDigest(value),
    hmac: (value) => valueHmac(this.#keyOfDigests(), value),
  };

  /** Encrypts what the service must be able to read again. */
  get sealer(): Sealer {
    return sealerWith(this.#keyOfDigests());
  }

  /** The digest that replaces a value in change lists and audit records. */
  keyedDigest(value: unknown): string {
    return keyedDigest(this.#keyOfDigests(), value);
  }

  #keyOfDigests(): Buffer {
    if (this.#digestKey === undefined) throw new TypeError('there is no key for digests yet');
    return this.#digestKey;
  }

  /**
   * Creates missing collections and indexes. Migration steps drop indexes that are no longer declared.
   *
   * @throws UnfitDatabaseError if an index cannot be created
   */
  async prepare(collections: readonly AnyCollection[]): Promise<void> {
    await ensureCollections(this.db, [...collections, ...fileCollections]);
  }

  /** Drops these indexes, which {@link prepare} makes again. An account that may not do that keeps them. */
  async dropIndexes(collections: readonly AnyCollection[]): Promise<void> {
    await dropIndexes(this.db, collections);
  }

  /**
   * Makes every commit, and every record stored without a transaction, wait for this check, which throws to refuse it.
   */
  confirmCommits(check: () => Promise<void>): void {
    this.#confirm = check;
  }

  /** Call this last before a commit, when everything else is sent. @throws format_changed */
  async confirmCommit(): Promise<void> {
    await this.#confirm?.();
  }

  /** The documents of a collection in the order of their commits; see {@link insertedSince}. */
  insertedSince(of: AnyCollection, from: CommitPosition, filter: InsertedFilter = {}): AsyncGenerator<Inserted> {
    return insertedSince(this.db, of, { ...filter, from });
  }

  /** Follows the documents that are inserted into a collection; see {@link Insertions}. Close it afterwards. */
  follow(of: AnyCollection, from: CommitPosition, filter: InsertedFilter = {}): Insertions {
    return new Insertions(this.db, of, { ...filter, from });
  }

  /** A reader in the transaction of this session. With a queue, waiting lookups are gathered. */
  readerIn(session: ClientSession, queue?: CommandQueue): DatabaseReader {
    const together = queue === undefined ? {} : { queue, gather: true as const };
    return new DatabaseReader({ db: this.db, migrations: this.migrations, session, ...together });
  }

  /** Reads from one snapshot. @returns also the cluster time of the snapshot */
  async readSnapshot<R>(
    read: (reader: Reader) => Promise<R>,
  ): Promise<{ readonly result: R; readonly at: ClusterTime }> {
    const session = this.client.startSession({ snapshot: true });
    try {
      const result = await read(this.readerIn(session));
      // Missing in the driver's types; set by the first read.
      const { snapshotTime } = session as unknown as { readonly snapshotTime?: ClusterTime };
      if (snapshotTime === undefined) throw new TypeError('nothing was read');
      return { result, at: { t: snapshotTime.t, i: snapshotTime.i } };
    } finally {
      await session.endSession();
    }
  }

  /** Inserts a document outside of transactions, with majority: for audit records of calls that change nothing. */
  async appendOne(into: AnyCollection, doc: Stored): Promise<void> {
    assertBookkeeping(into.name, 'outside');
    assertIntact(into, [doc]);
    await this.confirmCommit();
    await this.db.collection<Document>(into.name).insertOne(doc as never, { writeConcern: { w: 'majority' } });
  }

  /**
   * Inserts documents outside of transactions, with majority, and raises the fields of those that exist: for data that has
   * no effect until a transaction refers to it.
   *
   * @returns the ids of the inserted documents
   */
  async upsertEach<T extends Stored>(into: Collection<T>, upserts: readonly Upsert<T>[]): Promise<ReadonlySet<string>> {
    assertBookkeeping(into.name, 'outside');
    const operations = upserts.map(({ id, raise, insert }) => ({
      updateOne: {
        filter: { _id: id as never },
        update: { $max: raise, $setOnInsert: { revision: 1, ...insert } },
        upsert: true,
      },
    }));
    const added = new Set<string>();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const collection = this.db.collection<Document>(into.name);
        const done = await collection.bulkWrite(operations, { ordered: false, writeConcern: { w: 'majority' } });
        for (const id of Object.values(done.upsertedIds)) added.add(String(id));
        return added;
      } catch (error) {
        // Somebody else inserted the same document first; the next attempt updates it.
        if (duplicateKeyIndex(error) === undefined || attempt >= MAX_UPSERT_ATTEMPTS) throw error;
        const { result } = error as MongoBulkWriteError;
        for (const id of Object.values(result?.upsertedIds ?? {})) added.add(String(id));
      }
    }
  }

  /** As {@link upsertEach}, where most documents are new: these are inserted together, which costs the server much less. */
  async upsertNew<T extends Stored>(into: Collection<T>, upserts: readonly Upsert<T>[]): Promise<void> {
    assertBookkeeping(into.name, 'outside');
    const documents = upserts.map(({ id, raise, insert }) => ({ _id: id, revision: 1, ...insert, ...raise }));
    const options = { ordered: false, writeConcern: { w: 'majority' as const } };
    try {
      await this.db.collection<Document>(into.name).insertMany(documents as never[], options);
    } catch (error) {
      const present = takenIn(error);
      if (present === undefined) throw error;
      await this.upsertEach(
        into,
        upserts.filter((_, i) => present.has(i)),
      );
    }
  }

  /** Removes a document that {@link upsertEach} inserted, if the filter still matches. */
  async removeOne(from: AnyCollection, id: string, filter: Document): Promise<void> {
    assertBookkeeping(from.name, 'outside');
    await this.db.collection<Document>(from.name).deleteOne({ ...filter, _id: id as never });
  }

  /** Removes documents outside of transactions, with majority. @throws what {@link isUnauthorized} tells, if the account may not */
  async removeIds(from: AnyCollection, ids: readonly string[]): Promise<void> {
    assertBookkeeping(from.name, 'outside');
    const documents = this.db.collection<Document>(from.name);
    await documents.deleteMany({ _id: { $in: [...ids] as never[] } }, { writeConcern: { w: 'majority' } });
  }

  /** True when the server answers. */
  async ping(): Promise<boolean> {
    return this.db.command({ ping: 1 }).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    // Without a database, the unused numbers are lost, which does no harm.
    await this.counters.keepSpare().catch(() => undefined);
    if (this.#ownsClient) await this.client.close();
  }
}

function newClient({ uri, user, password = '' }: DatabaseOptions): MongoClient {
  return new MongoClient(uri, {
    appName: APP_NAME,
    maxPoolSize: 100,
    minPoolSize: 4,
    // What is given here would win over what the operator has written into the URI.
    ...(uri.includes('serverSelectionTimeoutMS=') ? {} : { serverSelectionTimeoutMS: SELECTION_MS }),
    connectTimeoutMS: 5_000,
    waitQueueTimeoutMS: SELECTION_MS,
    // By default the driver stores null for undefined.
    ignoreUndefined: true,
    ...(user === undefined ? {} : { auth: { username: user, password } }),
  });
}

/** Tells the operator what to do about a server that cannot be used. The message contains no password. */
function connectionFailure(error: MongoError, { uri, user, database }: DatabaseOptions): string {
  const server = uri.replace(/\/\/[^@/]*@/, '//');
  const said = `the driver says: ${error.message}`;
  if (error instanceof MongoServerError && [13, 18].includes(Number(error.code))) {
    const account = user === undefined ? 'Without mongodb-user' : `With the account ${user}`;
    return `${account} MongoDB at ${server} cannot be used: check mongodb-user, mongodb-pwd and its role readWrite on ${database}; ${said}`;
  }
  return `MongoDB at ${server} cannot be reached: check mongodb-host and that the server runs; ${said}`;
}

const UNAVAILABLE = [MongoNetworkError, MongoServerSelectionError, MongoTopologyClosedError];

/** True for an error that means that the server could not be reached or used at the moment. */
export function isUnavailable(thrown: unknown): boolean {
  const error = insideBulk(thrown);
  if (isFailedWrite(error)) return true;
  // The driver exports no class for a pool that has no connection to give.
  if (UNAVAILABLE.some((kind) => error instanceof kind) || nameOf(error) === 'MongoWaitQueueTimeoutError') return true;
  return (
    isInterrupted(error) ||
    (error instanceof MongoServerError &&
      ['RetryableWriteError', 'TransientTransactionError'].some((l) => error.hasErrorLabel(l)))
  );
}

/** True where another instance ended the sessions of this one, which it took for dead since it had stood still. */
export const isInterrupted = (error: unknown): boolean => error instanceof MongoServerError && error.code === 11_601;

/**
 * True for a command that could not be sent because the server is gone. If the write itself fails, as on a Unix domain
 * socket or for a long command, the driver throws the socket's error without any label.
 */
export function isFailedWrite(error: unknown): boolean {
  return error instanceof Error && !(error instanceof MongoError) && 'syscall' in error && error.syscall === 'write';
}

/** The cause of a failed bulk write, which the driver wraps in an error of another class. */
function insideBulk(error: unknown): unknown {
  return error instanceof MongoBulkWriteError && error.errorResponse instanceof Error ? error.errorResponse : error;
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : undefined);

/** True if the account may not do this in the database. */
export const isUnauthorized = (error: unknown): boolean => error instanceof MongoServerError && error.code === 13;

/** The server's answers that say that it stops or is no primary any more, for commands that the driver does not repeat. */
const LEAVING: readonly unknown[] = [91, 189, 10107, 11600, 11602, 13435, 13436];
/** What a write is refused with that was begun meanwhile. */
const UNDECIDED: readonly string[] = ['outcome_unknown', 'conflict_busy'];

/** The error to end the start with: a sentence for the operator, if the database went away meanwhile. */
export function startFailure(error: unknown): unknown {
  const isLeaving = error instanceof MongoServerError && LEAVING.includes(error.code);
  const isUndecided = error instanceof StewardError && UNDECIDED.includes(error.reason);
  if (!isLeaving && !isUndecided && !isUnavailable(error)) return error;
  return new UnfitDatabaseError(
    'MongoDB went away, or elected another primary, while the service started: start it again when MongoDB answers; ' +
      `the last error was: ${error instanceof Error ? error.message : error}`,
  );
}

/** The places in a list of documents of those that could not be inserted because they exist; undefined for another error. */
function takenIn(error: unknown): ReadonlySet<number> | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined;
  const failed = [error.writeErrors].flat();
  const isWhole = failed.length > 0 && error.result.getWriteConcernError() === undefined;
  return isWhole && failed.every(({ code }) => code === DUPLICATE_KEY)
    ? new Set(failed.map(({ index }) => index))
    : undefined;
}

const DUPLICATE_KEY = 11000;

/** The name of the unique index that a write violated; undefined for any other error. */
export function duplicateKeyIndex(error: unknown): string | undefined {
  if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) return undefined;
  return /index: (\S+)/.exec(error.message)?.[1] ?? '';
}
