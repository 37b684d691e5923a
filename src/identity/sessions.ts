import { hash, randomBytes } from 'node:crypto';
import { refuse } from '../base/errors.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { passwords } from './passwords.ts';

/**
 * A login: with a cookie of the G-Node portal, or with a session token. The id is derived from the digest of the cookie's
 * value or of the token, neither of which is stored.
 */
export interface Session extends Stored {
  readonly principal: string;
  readonly expiresAt: Date;
  /** When and from where the holder signed in. Absent for a cookie, like the next ones. */
  readonly startedAt?: Date;
  readonly address?: string;
  /** What the holder calls the program that signed in. */
  readonly client?: string;
  /** Whether a code of an authenticator app, or a recovery code, was given with the password. */
  readonly withCode?: boolean;
}

export const sessions = collection<Session>('sessions', {
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }, { key: { principal: 1 } }],
});

/** As long as Django's sessions, which G-Node's clients expect. */
export const SESSION_SECONDS = 14 * 24 * 60 * 60;

const digestOf = (id: string) => hash('sha256', id, 'hex');

/**
 * Begins a session of a user who logged in with a password, for the G-Node portal. A concurrent change of the password
 * conflicts with this.
 *
 * @returns the value for the cookie
 * @throws login_refused
 */
export async function openSession(tx: Transaction, principal: string): Promise<string> {
  await touchPassword(tx, principal);
  const id = randomBytes(32).toString('base64url');
  const expiresAt = new Date(tx.now.getTime() + SESSION_SECONDS * 1000);
  await tx.insert(sessions, { _id: digestOf(id), principal, expiresAt });
  return id;
}

/** Makes a concurrent change of the password conflict with the transaction. @throws login_refused if there is none */
export async function touchPassword(tx: Transaction, principal: string): Promise<void> {
  const password = await tx.get(passwords, principal);
  if (password === null) throw refuse('login_refused');
  await tx.touch(passwords, password);
}

/** The session with this cookie value, unless it has expired. */
export async function sessionOf(get: Reader['get'], id: string, now: Date): Promise<Session | undefined> {
  const found = await get(sessions, digestOf(id));
  return found === null || hasExpired(found, now) ? undefined : found;
}

export const hasExpired = ({ expiresAt }: Session, now: Date): boolean => expiresAt <= now;

/** The sessions of a user that have not expired, those that end first before the others. */
export async function sessionsOf(reader: Reader, principal: string, now: Date): Promise<Session[]> {
  const found = await reader.find(sessions, { principal: { $eq: principal } });
  return found
    .filter((session) => !hasExpired(session, now))
    .sort((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime());
}

export async function closeSessions(tx: Transaction, principal: string): Promise<void> {
  for (const session of await tx.find(sessions, { principal: { $eq: principal } })) await tx.remove(sessions, session);
}

export async function closeSession(tx: Transaction, principal: string, id: string): Promise<void> {
  const found = await tx.get(sessions, digestOf(id));
  if (found?.principal === principal) await tx.remove(sessions, found);
}

/**
 * Ends a user's session with this id, or all of their sessions.
 *
 * @returns how many have ended
 * @throws session_unknown if the user has none with this id
 */
export async function endSessions(tx: Transaction, principal: string, id: string | undefined): Promise<number> {
  if (id === undefined) {
    const all = await tx.find(sessions, { principal: { $eq: principal } });
    await tx.removeEach(sessions, all);
    return all.filter((session) => !hasExpired(session, tx.now)).length;
  }
  const found = await tx.get(sessions, id);
  if (found === null || found.principal !== principal) throw refuse('session_unknown', id);
  await tx.remove(sessions, found);
  return 1;
}
