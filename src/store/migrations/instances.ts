import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, type Document, MongoServerError } from 'mongodb';
import { collection, type Stored } from '../collection.ts';
import type { Database } from '../database.ts';
import { leases } from '../leases.ts';
import { endSessions, type SessionId } from '../sessions.ts';
import { holderOf } from '../underLease.ts';

/** A registered instance, under the id with which it holds leases. Instants are by the server's clock. */
interface Instance extends Stored {
  readonly host: string;
  readonly pid: number;
  readonly program: string;
  readonly format: number;
  readonly expiresAt: Date;
  /** The sessions that it uses for transactions. */
  readonly sessions?: readonly SessionId[];
}

export const instances = collection<Instance>('instances', {
  // A killed instance cannot remove its own entry.
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 24 * 3600 }],
});

/** How long an instance counts as running after its last registration. */
export const INSTANCE_LIFETIME_MS = 4_000;

type Known = Pick<Instance, 'program' | 'format'> & { readonly sessions: readonly SessionId[] };

/** Registers this instance as running, or renews its registration. */
export async function registerInstance(database: Database, known: Known): Promise<void> {
  const expiresAt = { $add: ['$$NOW', INSTANCE_LIFETIME_MS] };
  const sessions = { $literal: known.sessions };
  const fields = {
    ...known,
    sessions,
    program: { $literal: known.program },
    host: { $literal: hostname() },
    pid: process.pid,
  };
  const revision = { $add: [{ $ifNull: ['$revision', 0] }, 1] };
  await database.db
    .collection<Instance>(instances.name)
    .updateOne({ _id: holderOf(database) }, [{ $set: { ...fields, expiresAt, revision } }], {
      upsert: true,
      writeConcern: { w: 'majority' },
    });
}

export async function removeInstance(database: Database): Promise<void> {
  await database.db.collection<Instance>(instances.name).deleteOne({ _id: holderOf(database) });
}

/**
 * Ends the sessions of instances whose registration expired. The open transactions of a killed instance would block others
 * until the server ends them after a minute. An instance that was only delayed runs its aborted transactions again.
 */
export async function endSessionsOfDead({ db }: Database): Promise<void> {
  const known = db.collection<Instance>(instances.name);
  const dead = { $expr: { $lte: ['$expiresAt', '$$NOW'] }, 'sessions.0': { $exists: true } };
  for (const { _id, revision, sessions = [] } of await known.find(dead).toArray()) {
    await endSessions(db, sessions);
    await known.updateOne({ _id, revision }, { $set: { sessions: [] } });
  }
}

/** The running instances, and whether any instance is registered, including expired ones. */
export async function runningInstances({ db }: Database): Promise<{ running: Instance[]; hasAny: boolean }> {
  const known = db.collection<Instance>(instances.name);
  const running = await known.find({ $expr: { $gt: ['$expiresAt', '$$NOW'] } }).toArray();
  return { running, hasAny: running.length > 0 || (await known.countDocuments({}, { limit: 1 })) > 0 };
}

/** The application name of programs that do not register. */
const OLDER_APP_NAME = 'steward';
/** The collection that such a program polls for work. */
const OLDER_POLL_COLLECTION = 'jobs';
const SAMPLES = 12;
const SAMPLE_MS = 500;

interface Traces {
  /** How often the jobs were read, without our own reads of the statistics. */
  readonly reads: number;
  /** The revision of each lease of an unregistered holder, which rises whenever the lease is renewed. */
  readonly leases: ReadonlyMap<string, number>;
}

/** Whether unregistered programs use this database, and how many of them are connected to the server. */
export type Older = { readonly runs: boolean; readonly connections: number };

/**
 * Looks for running instances of versions that do not register, by their traces: they read the jobs every second, which the
 * server counts, and renew leases under unregistered ids. If the account may list all connections and none is of such a
 * program, the answer is known at once.
 *
 * @param ownLease the lease that this process holds
 */
export async function olderInstances(database: Database, ownLease: string, signal: AbortSignal): Promise<Older> {
  const { db } = database;
  let connections = await connectionsOf(database);
  if (connections === 0) return { runs: false, connections };
  const before = await tracesOf(db, { ownLease, sample: 0 });
  for (let sample = 1; sample <= SAMPLES && !signal.aborted; sample += 1) {
    await sleep(SAMPLE_MS);
    const traces = await tracesOf(db, { ownLease, sample });
    const renewed = [...traces.leases].some(([name, revision]) => revision > (before.leases.get(name) ?? 0));
    // A backup reads once.
    if (renewed || traces.reads - before.reads >= 2) return { runs: true, connections: connections ?? 1 };
    if (connections !== undefined) connections = await connectionsOf(database);
    if (connections === 0) break;
  }
  return { runs: false, connections: connections ?? 0 };
}

/** The number of connections of older programs to any database of this server; undefined if unknown. */
async function connectionsOf({ client }: Database): Promise<number | undefined> {
  const pipeline = [
    { $currentOp: { allUsers: true, idleConnections: true, idleSessions: true } },
    { $match: { appName: OLDER_APP_NAME } },
    { $group: { _id: '$client' } },
  ];
  try {
    // In a sharded cluster, only the connections of one router are visible.
    const admin = client.db('admin');
    const { msg } = await admin.command({ hello: 1 });
    return msg === 'isdbgrid' ? undefined : (await admin.aggregate(pipeline).toArray()).length;
  } catch (error) {
    if (error instanceof MongoServerError) return undefined;
    throw error;
  }
}

async function tracesOf(db: Db, { ownLease, sample }: { ownLease: string; sample: number }): Promise<Traces> {
  const shards = await db
    .collection(OLDER_POLL_COLLECTION)
    .aggregate([{ $collStats: { latencyStats: {} } }])
    .toArray()
    .catch((error) => {
      // Nobody reads a collection that does not exist.
      if (error instanceof MongoServerError && error.code === 26) return [];
      throw error;
    });
  // The server counts each query of the statistics as a read.
  const reads = shards.reduce((sum, shard: Document) => sum + Number(shard.latencyStats?.reads?.ops ?? 0) - sample, 0);
  const foreign = { _id: { $ne: ownLease as never }, holder: { $nin: await registeredIds(db) } };
  const held = await db.collection<Document>(leases.name).find(foreign).toArray();
  return { reads, leases: new Map(held.map((lease) => [String(lease._id), Number(lease.revision)])) };
}

const registeredIds = async (db: Db): Promise<string[]> =>
  (
    await db
      .collection<Instance>(instances.name)
      .find({}, { projection: { _id: 1 } })
      .toArray()
  ).map((i) => i._id);
