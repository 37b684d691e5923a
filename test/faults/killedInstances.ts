import type { Database } from '../../src/store/database.ts';
import { endSessionsOfDead } from '../../src/store/migrations/instances.ts';

/**
 * Ends the open transactions of the instances that a test has killed, as other instances do after some seconds. Otherwise
 * they would block whoever removes the documents after the test for up to a minute.
 */
export async function endTransactionsOfKilled(database: Database): Promise<void> {
  await database.db.collection('instances').updateMany({}, { $set: { expiresAt: new Date(0) } });
  await endSessionsOfDead(database);
}
