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
import { assertBookkeeping } from './bookkeeping.ts';
import { keyedDigest } from './changes.ts';
import { ClusterClock, type ClusterTime } from './clusterClock.ts';
import { type AnyCollection, assertIntact, type Collection, type Reader, type Stored } from './collection.ts';
import type { CommandQueue } from './commandQueue.ts';
import { type CommitPosition, type Inserted, insertedSince, type Which } from './commitOrder.ts';
import { Counters } from './counters.ts';
import { DatabaseReader, type ReaderOptions } from './databaseReader.ts';
import { Files } from './files.ts';
import { ensureCollections } from './indexes.ts';
import { Leases } from './leases.ts';
import { endWaitsForLostSockets } from './lostSockets.ts';
import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { Sessions } from './sessions.ts';
import { Turnstile } from './turnstile.ts';
import { UnfitDatabaseError } from './unfitDatabase.ts';

export interface DatabaseOptions {
  /** A mongodb:// URI. */
  readonly uri: string;
  readonly database: string;
  readonly user?: string;
  readonly password?: string;
  /** The steps that led to the layout that this program knows; all that there are by default. */
  readonly migrations?: readonly Migration[];
}

/** Programs of before the version document call themselves `steward`; a migration looks out for them. */
const APP_NAME = 'steward-server';

const MAX_KEEP_ATTEMPTS = 3;

/** A document that is kept outside of transactions. */
export interface Kept<T extends Stored> {
  readonly id: string;
  readonly raise: Partial<T>;
  readonly insert: Partial<T>;
}

/**
 * The connection to MongoDB: a replica set or a sharded cluster, since every write is a transaction. Only this room
 * imports the driver.
 */
export class Database extends DatabaseReader {
  readonly client: MongoClient;
  readonly version: string;
  readonly clock: ClusterClock;
  readonly sessions = new Sessions();
  /** Where the transactions wait that ran into a conflict. */
  readonly conflicts = new Turnstile();
  readonly counters: Counters;
  readonly leases: Leases;
  readonly files: Files;
  #confirm: (() => Promise<void>) | undefined;
  #digestKey: Buffer | undefined;

  private constructor(client: MongoClient, version: string, reads: Pick<ReaderOptions, 'db' | 'migrations'>) {
    const { db } = reads;
    super({ ...reads, gather: true });
    this.client = client;
    this.version = version;
    this.clock = new ClusterClock(client);
    this.counters = new Counters(db);
    this.leases = new Leases(db);
    this.files = new Files(db);
  }

  /** Connects and refuses a server that has no transactions. @throws UnfitDatabaseError */
  static async connect(options: DatabaseOptions): Promise<Database> {
    endWaitsForLostSockets();
    const client = new MongoClient(options.uri, {
      appName: APP_NAME,
      maxPoolSize: 100,
      minPoolSize: 4,
      serverSelectionTimeoutMS: 5_000,
      connectTimeoutMS: 5_000,
      waitQueueTimeoutMS: 10_000,
      // A field without a value is not there: by default the driver stores null.
      ignoreUndefined: true,
      ...(options.user === undefined ? {} : { auth: { username: options.user, password: options.password ?? '' } }),
    });
    try {
      await client.connect();
      const db = client.db(options.database);
      const hello = await db.admin().command({ hello: 1 });
      if (hello.setName === undefined && hello.msg !== 'isdbgrid') {
        throw new UnfitDatabaseError(
          'The MongoDB server is a standalone, which has no transactions. Make it a replica set (one node will do): ' +
            'start mongod with --replSet rs0 and run rs.initiate() in mongosh once.',
        );
      }
      const { version } = await db.admin().command({ buildInfo: 1 });
      return new Database(client, String(version), { db, migrations: options.migrations ?? migrations });
    } catch (error) {
      await client.close();
      throw error instanceof MongoError ? new UnfitDatabaseError(sentenceOf(error, options)) : error;
    }
  }

  /** From now on digests in lists of changes are made with this key, which every instance has. */
  useDigestKey(key: Buffer): void {
    this.#digestKey = key;
  }

  /** Stands for a value in lists of changes and in records. */
  keyedDigest(value: unknown): string {
    if (this.#digestKey === undefined) throw new TypeError('there is no key for digests yet');
    return keyedDigest(this.#digestKey, value);
  }

  /**
   * Creates the collections and their indexes where they are missing. Indexes that nothing declares any more are dropped
   * by migration steps.
   *
   * @throws UnfitDatabaseError where an index cannot be made
   */
  async prepare(collections: readonly AnyCollection[]): Promise<void> {
    await ensureCollections(this.db, [...collections, ...this.files.collections]);
  }

  /**
   * Has every commit, and every record that is stored without one, wait for this check, which throws what it is refused
   * with.
   */
  confirmCommits(check: () => Promise<void>): void {
    this.#confirm = check;
  }

  /** Call last before a commit, when all else is sent. @throws format_changed */
  async confirmCommit(): Promise<void> {
    await this.#confirm?.();
  }

  /** The documents of a collection in the order in which they were committed; see {@link insertedSince}. */
  insertedSince(of: AnyCollection, from: CommitPosition, which: Which = {}): AsyncGenerator<Inserted> {
    return insertedSince(this.db, of, { ...which, from });
  }

  /** Reads in the transaction of this session; with a queue, lookups that wait in it go together. */
  readerIn(session: ClientSession, queue?: CommandQueue): DatabaseReader {
    const together = queue === undefined ? {} : { queue, gather: true as const };
    return new DatabaseReader({ db: this.db, migrations: this.migrations, session, ...together });
  }

  /** Reads everything as it was committed at one moment; at which, by the cluster time. */
  async atOneMoment<R>(
    read: (reader: Reader) => Promise<R>,
  ): Promise<{ readonly result: R; readonly at: ClusterTime }> {
    const session = this.client.startSession({ snapshot: true });
    try {
      const result = await read(this.readerIn(session));
      // The driver's declarations leave it out; it is there once something was read.
      const { snapshotTime } = session as unknown as { readonly snapshotTime?: ClusterTime };
      if (snapshotTime === undefined) throw new TypeError('nothing was read');
      return { result, at: { t: snapshotTime.t, i: snapshotTime.i } };
    } finally {
      await session.endSession();
    }
  }

  /** Adds one document outside of any transaction, stored with majority: for the audit of what changes nothing. */
  async appendOne(into: AnyCollection, doc: Stored): Promise<void> {
    assertBookkeeping(into.name, 'outside');
    assertIntact(into, [doc]);
    await this.confirmCommit();
    await this.db.collection<Document>(into.name).insertOne(doc as never, { writeConcern: { w: 'majority' } });
  }

  /**
   * Adds documents outside of any transaction, stored with majority, or raises the instants of those that are there: for
   * what is no effect of anybody's until a transaction names it.
   *
   * @returns the ids of those that were added
   */
  async keepEach<T extends Stored>(into: Collection<T>, kept: readonly Kept<T>[]): Promise<ReadonlySet<string>> {
    assertBookkeeping(into.name, 'outside');
    const operations = kept.map(({ id, raise, insert }) => ({
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
        // Of two that add the same at once, one fails, and finds it there the next time.
        if (duplicateKeyIndex(error) === undefined || attempt >= MAX_KEEP_ATTEMPTS) throw error;
        const { result } = error as MongoBulkWriteError;
        for (const id of Object.values(result?.upsertedIds ?? {})) added.add(String(id));
      }
    }
  }

  /** Removes what {@link keepEach} added, where the filter still holds. */
  async removeOne(from: AnyCollection, id: string, filter: Document): Promise<void> {
    assertBookkeeping(from.name, 'outside');
    await this.db.collection<Document>(from.name).deleteOne({ ...filter, _id: id as never });
  }

  /** True when the server answers. */
  async ping(): Promise<boolean> {
    return this.db.command({ ping: 1 }).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    // Where the database is gone, so are a few numbers: nothing else depends on them.
    await this.counters.keepSpare().catch(() => undefined);
    await this.client.close();
  }
}

/** What the operator can do about a server that cannot be used at start. The password stands in none of it. */
function sentenceOf(error: MongoError, { uri, user, database }: DatabaseOptions): string {
  const server = uri.replace(/\/\/[^@/]*@/, '//');
  const said = `the driver says: ${error.message}`;
  if (error instanceof MongoServerError && [13, 18].includes(Number(error.code))) {
    const account = user === undefined ? 'Without mongodb-user' : `With the account ${user}`;
    return `${account} MongoDB at ${server} cannot be used: check mongodb-user, mongodb-pwd and its role readWrite on ${database}; ${said}`;
  }
  return `MongoDB at ${server} cannot be reached: check mongodb-host and that the server runs; ${said}`;
}

const UNAVAILABLE = [MongoNetworkError, MongoServerSelectionError, MongoTopologyClosedError];

/** True for an error that means the server could not be reached or used right now, rather than a bug of ours. */
export function isUnavailable(thrown: unknown): boolean {
  const error = insideBulk(thrown);
  if (isFailedWrite(error)) return true;
  // The driver exports no class for a pool that has no connection to give.
  if (UNAVAILABLE.some((kind) => error instanceof kind) || nameOf(error) === 'MongoWaitQueueTimeoutError') return true;
  return (
    error instanceof MongoServerError &&
    ['RetryableWriteError', 'TransientTransactionError'].some((l) => error.hasErrorLabel(l))
  );
}

/**
 * True for a command that could not be sent because the server is gone. The driver throws the socket's own error then,
 * without any label, where the system says so at once: on a Unix domain socket, and for a long command.
 */
export function isFailedWrite(error: unknown): boolean {
  return error instanceof Error && !(error instanceof MongoError) && 'syscall' in error && error.syscall === 'write';
}

/** What went wrong on the way of a bulk write: the driver hides its kind behind an error of another. */
function insideBulk(error: unknown): unknown {
  return error instanceof MongoBulkWriteError && error.errorResponse instanceof Error ? error.errorResponse : error;
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : undefined);

/** The name of the unique index that a write ran into, or undefined for any other error. */
export function duplicateKeyIndex(error: unknown): string | undefined {
  if (!(error instanceof MongoServerError) || error.code !== 11000) return undefined;
  return /index: (\S+)/.exec(error.message)?.[1] ?? '';
}
