import { collection, type Stored } from '../../src/store/collection.ts';
import type { Database } from '../../src/store/database.ts';
import { type TransactOptions, transact } from '../../src/store/transact.ts';
import type { Transaction } from '../../src/store/transaction.ts';

interface Batch extends Stored {
  readonly records: readonly unknown[];
}

const audit = collection<Batch>('audit');

/** Records what the transaction did so far, as bare as the store lets it. */
export function recordIn(tx: Transaction): void {
  tx.record(audit, tx.unrecorded, (batch = { _id: tx.newOrderedId(), revision: 1, records: [] }) => ({
    ...batch,
    records: [...batch.records, { changes: tx.unrecorded }],
  }));
}

/** As `transact`, with a record of what the body did, if anything. */
export function transactRecorded<R>(
  database: Database,
  options: TransactOptions,
  body: (tx: Transaction) => Promise<R>,
): Promise<R> {
  return transact(database, options, async (tx) => {
    const result = await body(tx);
    if (tx.touched) recordIn(tx);
    return result;
  });
}
