import { hash, randomBytes } from 'node:crypto';
import { refuse } from '../base/errors.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { passwords } from './passwords.ts';

/** A login with a cookie. The id is the digest of the cookie's value, which itself is not stored. */
export interface Session extends Stored {
  readonly principal: string;
  readonly expiresAt: Date;
}

export const sessions = collection<Session>('sessions', {
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }, { key: { principal: 1 } }],
});

/** As long as Django's sessions, which G-Node's clients expect. */
export const SESSION_SECONDS = 14 * 24 * 60 * 60;

const digestOf = (id: string) => hash('sha256', id, 'hex');

/**
 * Begins a session of a user who logged in with a password. A concurrent change of the password conflicts with this.
 *
 * @returns the value for the cookie
 * @throws login_refused
 */
export async function openSession(tx: Transaction, principal: string): Promise<string> {
  const password = await tx.get(passwords, principal);
  if (password === null) throw refuse('login_refused');
  await tx.touch(passwords, password);
  const id = randomBytes(32).toString('base64url');
  const expiresAt = new Date(tx.now.getTime() + SESSION_SECONDS * 1000);
  await tx.insert(sessions, { _id: digestOf(id), principal, expiresAt });
  return id;
}

/** The session with this cookie value, unless it has expired. */
export async function sessionOf(get: Reader['get'], id: string, now: Date): Promise<Session | undefined> {
  const found = await get(sessions, digestOf(id));
  return found === null || found.expiresAt.getTime() <= now.getTime() ? undefined : found;
}

export async function closeSessions(tx: Transaction, principal: string): Promise<void> {
  for (const session of await tx.find(sessions, { principal: { $eq: principal } })) await tx.remove(sessions, session);
}

export async function closeSession(tx: Transaction, principal: string, id: string): Promise<void> {
  const found = await tx.get(sessions, digestOf(id));
  if (found?.principal === principal) await tx.remove(sessions, found);
}
