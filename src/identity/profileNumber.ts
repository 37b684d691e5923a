import { hash } from 'node:crypto';

/** The number of hexadecimal digits in 52 bits: the largest that JSON numbers hold exactly in every client. */
const DIGITS = 13;

/**
 * The number of a principal in G-Node's `/profiles/profile/<number>`. It is derived from the id, so it needs no
 * counter, never changes, and stays the same after a restore.
 */
export function profileNumber(principal: string): number {
  return Number.parseInt(hash('sha256', `profile ${principal}`, 'hex').slice(0, DIGITS), 16);
}
