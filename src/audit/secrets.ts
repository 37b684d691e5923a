import { randomBytes } from 'node:crypto';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';

/** The key for the HMAC of secrets in recorded parameters. All instances share it, so that equal secrets are recognised. */
interface AuditKey extends Stored {
  readonly key: string;
}

export const auditKeys = collection<AuditKey>('auditKey', { secrets: ['key'] });

const ID = 'key';

/** Creates the key if there is none. */
export async function ensureAuditKey(tx: Transaction): Promise<void> {
  if ((await tx.get(auditKeys, ID)) === null) {
    await tx.insert(auditKeys, { _id: ID, key: randomBytes(32).toString('base64') });
  }
}

export async function auditKey(reader: Reader): Promise<Buffer> {
  const stored = await reader.get(auditKeys, ID);
  if (stored === null) throw new TypeError('the audit key is missing: the database was not prepared');
  return Buffer.from(stored.key, 'base64');
}
