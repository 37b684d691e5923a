import type { Db } from 'mongodb';
import { leases } from '../leases.ts';
import { meta } from './format.ts';
import { instances } from './instances.ts';

/** No transaction touches these, and they are used while the barrier waits. */
const BESIDE: readonly string[] = [meta.name, instances.name, leases.name];

/**
 * Waits until every transaction has ended that had touched a collection of this database when this was called: an empty
 * `collMod` takes each collection's exclusive lock once, which such a transaction holds off. One that nobody ends, since
 * its process was killed or stands still, is ended by the server after a minute (`transactionLifetimeLimitSeconds`).
 */
export async function awaitTransactions(db: Db, signal: AbortSignal): Promise<void> {
  for (const { name, type } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    if (type !== 'collection' || name.startsWith('system.') || BESIDE.includes(name) || signal.aborted) continue;
    await db.command({ collMod: name });
  }
}
