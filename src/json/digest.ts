import { createHash } from 'node:crypto';
import { nextTurn, turnIsOver } from './turns.ts';

const PIECE = 512 * 1024;

/** The hexadecimal digest of what may be long, computed in turns. */
export async function digestInTurns(algorithm: 'md5' | 'sha256', bytes: Uint8Array): Promise<string> {
  const hash = createHash(algorithm);
  for (let start = 0; start < bytes.length; start += PIECE) {
    if (start > 0 && turnIsOver()) await nextTurn();
    hash.update(bytes.subarray(start, start + PIECE));
  }
  return hash.digest('hex');
}
