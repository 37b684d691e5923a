import { setTimeout as sleep } from 'node:timers/promises';
import { type MongoClient, MongoServerError } from 'mongodb';
import { ensureAccount, setupClient } from './account.ts';
import { type Endpoint, REPLICA_SET } from './endpoint.ts';

const PATIENCE_MS = 60_000;
const REMIND_EVERY_MS = 1_000;

/** The set's configuration, as mongod keeps it in `local.system.replset`. */
interface StoredConfig {
  _id: string;
  version: number;
  members: { host: string }[];
}

/**
 * Makes the mongod at this endpoint a replica set of one, or brings up the one that it is, waits until it takes writes,
 * and sees to its account.
 *
 * @returns the feature compatibility version of its data, such as `6.0`; or `moved` when the stored configuration named
 *   another host. It names this one now, but mongod must be started again to see that.
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
      // Not by replSetReconfig: mongod takes that only after it has looked for itself at the old address, which lasts
      // half a minute when a stranger who says nothing has the old port.
      const moved = { $set: { 'members.0.host': host }, $inc: { version: 1 } };
      await stored.updateOne({ _id: REPLICA_SET }, moved);
      // A write concern with `j` does not wait in this state; this does.
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
 * A mongod looks for itself in the configuration while it starts, by a connection to the host that stands there. It may
 * do so before it listens on its socket; then it takes itself for removed from the set, until the configuration is set
 * anew.
 */
async function waitForPrimary(client: MongoClient): Promise<void> {
  const admin = client.db('admin');
  const deadline = performance.now() + PATIENCE_MS;
  let reminder = performance.now() + REMIND_EVERY_MS;
  for (;;) {
    const { isWritablePrimary, isreplicaset } = await admin.command({ hello: 1 });
    if (isWritablePrimary === true) return;
    if (performance.now() > deadline) throw new Error(`mongod did not become primary within ${PATIENCE_MS / 1000} s`);
    // Neither a member nor still starting: a start is refused by the command.
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
