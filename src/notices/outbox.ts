import type { AuditRecord } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import { collection, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';

/** A notice that is still to be sent as an e-mail. Its id names the record and the place in it. */
export interface Letter extends Stored {
  /** The id of the recipient. */
  readonly to: string;
  readonly text: string;
  readonly by: string;
  readonly reason?: string;
  /** When the notice was made. */
  readonly at: Date;
  /** When to try next. */
  readonly dueAt: Date;
  /** The number of failed attempts. */
  readonly attempts: number;
}

export const outbox = collection<Letter>('outbox', { indexes: [{ key: { dueAt: 1 } }] });

/** Puts the notices of a record into the outbox, in the transaction of the change: they are sent if and only if it commits. */
export function postNotices(tx: Transaction, { id, at, actor, onBehalfOf, reason, notices = [] }: AuditRecord): void {
  for (const [i, { to, text }] of notices.entries()) {
    tx.append(outbox, {
      ...defined({ _id: `${id}/${i}`, revision: 1, to, text, by: onBehalfOf?.name ?? actor.name, reason }),
      at,
      dueAt: at,
      attempts: 0,
    });
  }
}
