import { createHash } from 'node:crypto';
import { type Bytes, piecesOf } from './bytes.ts';
import { nextTurn, turnIsOver } from './turns.ts';

const PIECE = 512 * 1024;

/** The hexadecimal digest, computed in turns. */
export async function digestInTurns(algorithm: 'md5' | 'sha256', bytes: Uint8Array | Bytes): Promise<string> {
  const hash = createHash(algorithm);
  for await (const piece of piecesOf(bytes)) {
    for (let start = 0; start < piece.length; start += PIECE) {
      if (start > 0 && turnIsOver()) await nextTurn();
      hash.update(piece.subarray(start, start + PIECE));
    }
    if (piece.length < bytes.length && turnIsOver()) await nextTurn();
  }
  return hash.digest('hex');
}
