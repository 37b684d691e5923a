import argon2 from '@node-rs/argon2';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { profileNumber } from './profileNumber.ts';

export interface Password extends Stored {
  /** Argon2id, in the PHC form, with its salt and parameters. */
  readonly hash: string;
  readonly setAt: Date;
  /** The user's {@link profileNumber}. */
  readonly profile: number;
}

export const passwords = collection<Password>('passwords', {
  secrets: ['hash'],
  indexes: [{ key: { profile: 1 } }],
});

/** OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane. The library's default algorithm is Argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

let decoy: Promise<string> | undefined;

/** Gives a principal a password, in place of the one they had. */
export async function setPasswordOf(tx: Transaction, principal: string, password: string): Promise<void> {
  const profile = tx.derivedNumber('profile', principal, profileNumber(principal));
  const fields = { hash: await argon2.hash(password, COST), setAt: tx.now, profile };
  const present = await tx.get(passwords, principal);
  if (present === null) await tx.insert(passwords, { _id: principal, ...fields });
  else await tx.update(passwords, present, { ...present, ...fields });
}

export async function forgetPasswordOf(tx: Transaction, principal: string): Promise<void> {
  const present = await tx.get(passwords, principal);
  if (present !== null) await tx.remove(passwords, present);
}

/**
 * The stored hash of the principal's password if `password` is right, else undefined. It takes the same time if
 * there is no principal or no password, so that the time of the answer does not reveal which users exist.
 */
export async function verifyPassword(
  reader: Reader,
  principal: string | undefined,
  password: string,
): Promise<string | undefined> {
  decoy ??= argon2.hash('nobody has this password', COST);
  const stored = principal === undefined ? null : await reader.get(passwords, principal);
  const holds = await argon2.verify(stored?.hash ?? (await decoy), password);
  return holds ? stored?.hash : undefined;
}
