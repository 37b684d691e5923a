import { hash } from 'node:crypto';
import { leafHash } from './tree.ts';

/**
 * The format of a record. 1: records of the versions before the log; the hash in their receipts is that of the JSON that was
 * stored. 2: the hash is the leaf itself.
 */
export type RecordFormat = 1 | 2;

/** The leaf of a record. @param text the JSON of the record without its hash: in format 2 the canonical one */
export function leafOf(format: RecordFormat, text: string | Uint8Array): Buffer {
  return format === 1 ? leafHash(hash('sha256', text, 'buffer')) : leafHash(text);
}

/** The leaf of the record whose receipt has this hash, in hexadecimal digits. */
export function leafOfReceipt(format: RecordFormat, hexHash: string): Buffer {
  const bytes = Buffer.from(hexHash, 'hex');
  return format === 1 ? leafHash(bytes) : bytes;
}
