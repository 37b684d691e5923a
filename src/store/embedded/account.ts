import { MongoClient, MongoServerError } from 'mongodb';
import { endWaitsForLostSockets } from '../lostSockets.ts';
import { directUri, type Endpoint } from './endpoint.ts';

const USER_NOT_FOUND = 11;

/**
 * A connection to this mongod for setting it up. If mongod requires authentication, it uses the cluster's internal account,
 * whose password is the key file, because it exists before any other account.
 */
export function setupClient(endpoint: Endpoint): MongoClient {
  endWaitsForLostSockets();
  return new MongoClient(directUri(endpoint), {
    appName: 'steward-embedded',
    serverSelectionTimeoutMS: 10_000,
    maxPoolSize: 2,
    // The mongod may not be primary yet.
    retryWrites: false,
    ...(endpoint.account === undefined
      ? {}
      : {
          auth: { username: '__system', password: endpoint.account.password },
          authSource: 'local',
          authMechanism: 'SCRAM-SHA-256' as const,
        }),
  });
}

/** Creates the account that the service uses, or sets its password. */
export async function ensureAccount(client: MongoClient, { account }: Endpoint): Promise<void> {
  if (account === undefined) return;
  const admin = client.db('admin');
  const settings = { pwd: account.password, roles: ['root'] };
  try {
    await admin.command({ updateUser: account.user, ...settings });
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === USER_NOT_FOUND)) throw error;
    await admin.command({ createUser: account.user, ...settings });
  }
}
