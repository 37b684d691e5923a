import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient } from 'mongodb';
import { REPLICA_SET } from './instance.ts';

const PATIENCE_MS = 60_000;

/** The set's configuration, as mongod keeps it in `local.system.replset`. */
interface StoredConfig {
  _id: string;
  version: number;
  members: { host: string }[];
}

/**
 * Makes the mongod on this port a replica set of one, or brings up the one that it is, and waits until it takes writes.
 *
 * @returns the feature compatibility version of its data, such as `6.0`; or `moved` when the stored configuration named
 *   another port. It names this one now, but mongod must be started again to see that.
 */
export async function formReplicaSet(port: number): Promise<{ featureCompatibility: string } | 'moved'> {
  const host = `127.0.0.1:${port}`;
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, {
    appName: 'steward-embedded',
    serverSelectionTimeoutMS: 10_000,
    maxPoolSize: 2,
    // What is written here is written to a mongod that is no primary yet.
    retryWrites: false,
  });
  try {
    const admin = client.db('admin');
    const stored = client.db('local').collection<StoredConfig>('system.replset');
    const config = await stored.findOne({ _id: REPLICA_SET });
    if (config === null) {
      await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
    } else if (!config.members.some((member) => member.host === host)) {
      // Not by replSetReconfig: mongod takes that only after it has looked for itself at the old address, which lasts
      // half a minute when a stranger who says nothing has the old port.
      const moved = { $set: { 'members.0.host': host }, $inc: { version: 1 } };
      await stored.updateOne({ _id: REPLICA_SET }, moved);
      // A write concern with `j` does not wait in this state; this does.
      await admin.command({ fsync: 1 });
      return 'moved';
    }
    await waitForPrimary(admin);
    const { featureCompatibilityVersion } = await admin.command({ getParameter: 1, featureCompatibilityVersion: 1 });
    return { featureCompatibility: String(featureCompatibilityVersion.version) };
  } finally {
    await client.close();
  }
}

async function waitForPrimary(admin: Db): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while ((await admin.command({ hello: 1 })).isWritablePrimary !== true) {
    if (performance.now() > deadline) throw new Error(`mongod did not become primary within ${PATIENCE_MS / 1000} s`);
    await sleep(10);
  }
}
