import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, type Document, MongoServerError } from 'mongodb';
import { collection, type Stored } from '../collection.ts';
import type { Database } from '../database.ts';
import { leases } from '../leases.ts';
import { endSessions, type SessionId } from '../sessions.ts';
import { holderOf } from '../underLease.ts';

/** A running service, known by the id under which it holds leases. Instants are the server's. */
interface Instance extends Stored {
  readonly host: string;
  readonly pid: number;
  readonly program: string;
  readonly format: number;
  readonly expiresAt: Date;
  /** The sessions in whose transactions it writes. */
  readonly sessions?: readonly SessionId[];
}

export const instances = collection<Instance>('instances', {
  // What was killed cannot take its own entry away.
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 24 * 3600 }],
});

/** How long an instance counts as running after it said so last. */
export const INSTANCE_LIFETIME_MS = 6_000;

type Known = Pick<Instance, 'program' | 'format'> & { readonly sessions: readonly SessionId[] };

/** Says that this instance runs. */
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
 * Ends the sessions of instances that have not said for their lifetime that they run: what a killed one leaves open would
 * lock out everybody else until the server ends it, a minute after it began. One that was only held up finds its
 * transactions aborted, and carries them out again.
 */
export async function endSessionsOfDead({ db }: Database): Promise<void> {
  const known = db.collection<Instance>(instances.name);
  const dead = { $expr: { $lte: ['$expiresAt', '$$NOW'] }, 'sessions.0': { $exists: true } };
  for (const { _id, revision, sessions = [] } of await known.find(dead).toArray()) {
    await endSessions(db, sessions);
    await known.updateOne({ _id, revision }, { $set: { sessions: [] } });
  }
}

/** Those that run now; and whether there is any on the register, be it one that has not said for a while that it runs. */
export async function runningInstances({ db }: Database): Promise<{ running: Instance[]; hasAny: boolean }> {
  const known = db.collection<Instance>(instances.name);
  const running = await known.find({ $expr: { $gt: ['$expiresAt', '$$NOW'] } }).toArray();
  return { running, hasAny: running.length > 0 || (await known.countDocuments({}, { limit: 1 })) > 0 };
}

/** What a program of before the register calls itself in its connections. */
const OLDER_APP_NAME = 'steward';
/** Such a program looks for work this often, in this collection. */
const OLDER_POLL_COLLECTION = 'jobs';
const SAMPLES = 12;
const SAMPLE_MS = 500;

interface Traces {
  /** How often the jobs were read, without our own reads of the statistics themselves. */
  readonly reads: number;
  /** The revision of each lease of somebody who is not on the register: it rises whenever the lease is renewed. */
  readonly leases: ReadonlyMap<string, number>;
}

/** What was seen of programs of before the register: running on this database, or connected to the server at least. */
export type Older = { readonly runs: boolean; readonly connections: number };

/**
 * Looks for running instances of before the register, by what they cannot help leaving. On any server: they look into the
 * jobs every second, which the server counts, and renew leases under ids that nobody registered. Where the account may see all
 * connections, and there is none of such a program, it knows at once.
 *
 * @param ownLease the lease that this process holds itself
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

/** Connections of older programs, to whichever database of this server; undefined where that cannot be known. */
async function connectionsOf({ client }: Database): Promise<number | undefined> {
  const pipeline = [
    { $currentOp: { allUsers: true, idleConnections: true, idleSessions: true } },
    { $match: { appName: OLDER_APP_NAME } },
    { $group: { _id: '$client' } },
  ];
  try {
    // Of a sharded cluster only the connections of one router could be seen.
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
      // Where nobody made the collection, nobody looks into it.
      if (error instanceof MongoServerError && error.code === 26) return [];
      throw error;
    });
  // The server counts each reading of the statistics as a read.
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
