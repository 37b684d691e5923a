import { randomBytes } from 'node:crypto';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';

/** The key that signs the tokens of local accounts: one for all instances. */
interface LoginKey extends Stored {
  readonly key: string;
}

export const loginKeys = collection<LoginKey>('loginKey', { secrets: ['key'] });

const ID = 'key';

export async function ensureLoginKey(tx: Transaction): Promise<void> {
  if ((await tx.get(loginKeys, ID)) === null) {
    await tx.insert(loginKeys, { _id: ID, key: randomBytes(32).toString('base64') });
  }
}

export async function loginKey(reader: Reader): Promise<Buffer> {
  const stored = await reader.get(loginKeys, ID);
  if (stored === null) throw new TypeError('the login key is missing: the database was not prepared');
  return Buffer.from(stored.key, 'base64');
}
