import type { Db } from 'mongodb';
import { leases } from '../leases.ts';
import { meta } from './format.ts';
import { instances } from './instances.ts';

/** Collections that no transaction touches, and that are used while the barrier waits. */
const EXCLUDED: readonly string[] = [meta.name, instances.name, leases.name];

/**
 * Waits until all transactions have ended that had touched a collection of this database before the call. An empty `collMod`
 * takes the exclusive lock of each collection once, for which it must wait for them. If a process was killed or hangs, the
 * server ends its transactions after a minute (`transactionLifetimeLimitSeconds`).
 */
export async function awaitTransactions(db: Db, signal: AbortSignal): Promise<void> {
  for (const { name, type } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    if (type !== 'collection' || name.startsWith('system.') || EXCLUDED.includes(name) || signal.aborted) continue;
    await db.command({ collMod: name });
  }
}
