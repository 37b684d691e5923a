import { setTimeout as sleep } from 'node:timers/promises';
import { type MongoClient, MongoServerError } from 'mongodb';
import { ensureAccount, setupClient } from './account.ts';
import { type Endpoint, REPLICA_SET } from './endpoint.ts';

const PATIENCE_MS = 60_000;
const REMIND_EVERY_MS = 1_000;

/** The configuration of the replica set, as stored in `local.system.replset`. */
interface StoredConfig {
  _id: string;
  version: number;
  members: { host: string }[];
}

/**
 * Makes the mongod at this endpoint the primary of a replica set with one member, and ensures its account.
 *
 * @returns the feature compatibility version of its data, such as `6.0`; or `moved` if the stored configuration named
 *   another host. The configuration is corrected then, but mongod must be restarted to read it.
 */
export async function formReplicaSet(endpoint: Endpoint): Promise<{ featureCompatibility: string } | 'moved'> {
  const { host } = endpoint;
  const client = setupClient(endpoint);
  try {
    const admin = client.db('admin');
    const stored = client.db('local').collection<StoredConfig>('system.replset');
    const config = await stored.findOne({ _id: REPLICA_SET });
    if (config === null) {
      await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
    } else if (!config.members.some((member) => member.host === host)) {
      // Not by replSetReconfig: mongod accepts that only after it has looked for itself at the old address, which takes
      // half a minute if another program that does not answer has the old port.
      const moved = { $set: { 'members.0.host': host }, $inc: { version: 1 } };
      await stored.updateOne({ _id: REPLICA_SET }, moved);
      // A write concern with `j` does not wait in this state, but this command does.
      await admin.command({ fsync: 1 });
      return 'moved';
    }
    await waitForPrimary(client);
    await ensureAccount(client, endpoint);
    const { featureCompatibilityVersion } = await admin.command({ getParameter: 1, featureCompatibilityVersion: 1 });
    return { featureCompatibility: String(featureCompatibilityVersion.version) };
  } finally {
    await client.close();
  }
}

/**
 * During its start, mongod looks for itself in the configuration by connecting to the configured host. It may do so before it
 * listens on its socket. Then it considers itself removed from the set until the configuration is set again.
 */
async function waitForPrimary(client: MongoClient): Promise<void> {
  const admin = client.db('admin');
  const deadline = performance.now() + PATIENCE_MS;
  let reminder = performance.now() + REMIND_EVERY_MS;
  for (;;) {
    const { isWritablePrimary, isreplicaset } = await admin.command({ hello: 1 });
    if (isWritablePrimary === true) return;
    if (performance.now() > deadline) throw new Error(`mongod did not become primary within ${PATIENCE_MS / 1000} s`);
    // If mongod is not removed but still starting, it refuses the command.
    if (isreplicaset === true && performance.now() > reminder) {
      const config = await client.db('local').collection<StoredConfig>('system.replset').findOne({ _id: REPLICA_SET });
      await admin.command({ replSetReconfig: config, force: true }).catch(ignoreServerError);
      reminder = performance.now() + REMIND_EVERY_MS;
    }
    await sleep(10);
  }
}

function ignoreServerError(error: unknown): void {
  if (!(error instanceof MongoServerError)) throw error;
}
