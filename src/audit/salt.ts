import { randomFillSync } from 'node:crypto';

const SALT_BYTES = 16;
const pool = Buffer.alloc(256 * SALT_BYTES);
let drawn = pool.length;

/** 16 random bytes in base64url. Every call draws some, and the operating system takes longer for 16 bytes than for a share of many. */
export function newSalt(): string {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += SALT_BYTES;
  return pool.toString('base64url', drawn - SALT_BYTES, drawn);
}
