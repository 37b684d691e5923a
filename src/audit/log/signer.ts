import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { auditKeys } from '../secrets.ts';
import { KEY_TYPES, type Signer, verifierKey } from './signedNote.ts';

const ID = 'log';

/** Creates the key that signs checkpoints if there is none. */
export async function ensureSigningKey(tx: Transaction): Promise<void> {
  if ((await tx.get(auditKeys, ID)) !== null) return;
  const { privateKey } = generateKeyPairSync('ed25519');
  await tx.insert(auditKeys, { _id: ID, key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() });
}

/** The key in the database, as PEM. */
export async function storedSigningKey(reader: Reader): Promise<string> {
  const stored = await reader.get(auditKeys, ID);
  if (stored === null) throw new TypeError('the key of the log is missing: the database was not prepared');
  return stored.key;
}

/**
 * Signs the checkpoints of the log with this name.
 *
 * @param pem an Ed25519 private key in PKCS #8
 */
export function signerOf(pem: string, origin: string): Signer {
  const privateKey = createPrivateKey(pem);
  return { key: verifierKey(origin, KEY_TYPES.ed25519, privateKey), privateKey };
}
