import { createHash } from 'node:crypto';

/** The number of hexadecimal digits in 52 bits: the largest that JSON numbers hold exactly in every client. */
const DIGITS = 13;

/**
 * The number that stands for a principal in `/profiles/profile/<number>`. It is made from the id, so it needs no counter,
 * never changes, and is nobody else's even after a restore.
 */
export function profileNumber(principal: string): number {
  return Number.parseInt(createHash('sha256').update(`profile ${principal}`).digest('hex').slice(0, DIGITS), 16);
}
