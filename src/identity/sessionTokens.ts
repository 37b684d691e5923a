import { randomBytes } from 'node:crypto';
import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { Digester } from '../store/changes.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { tokenDigest } from './authorization.ts';
import { CLOCK_SKEW_SECONDS } from './jwtClaims.ts';
import { ACCOUNTS_ISSUER, type Principal } from './principal.ts';
import { type SentCode, useCodeAtSignIn } from './secondFactor.ts';
import { hasExpired, type Session, sessions, touchPassword } from './sessions.ts';

/** How session tokens begin: no other token does, and programs that look for leaked secrets can find them. */
const PREFIX = 'steward-session-';

/** The most session tokens of one person at a time; a further one ends the oldest. */
const MAX_SESSIONS = 100;

/** Half of a SHA-256 digest in hexadecimal: too long to find another token for. */
const ID_DIGITS = 32;

/** A session that was begun with a token. */
export type TokenSession = Session & { readonly startedAt: Date };

/** Whether a token has the form of a session token, so that nothing else checks it. */
export const isSessionToken = (token: string): boolean => token.startsWith(PREFIX);

/** The id of the session whose token has this digest ({@link tokenDigest}). */
export function sessionIdOf(digest: string): string {
  return `session-${Buffer.from(digest, 'base64').toString('hex').slice(0, ID_DIGITS)}`;
}

/** What is known of a sign-in, and for how long its session lasts. */
export interface NewSession {
  readonly sent: SentCode;
  readonly client: string | undefined;
  readonly address: string;
  readonly hours: number;
  readonly digestOf: Digester['digest'];
}

/**
 * Begins a session of the holder of a local account whose password was checked. A concurrent change of the password
 * conflicts with this. If they have an authenticator app, its code is used up.
 *
 * @returns the token, which is not stored
 * @throws login_refused, totp_required, proof_refused
 */
export async function openTokenSession(
  tx: Transaction,
  principal: Principal,
  { sent, client, address, hours, digestOf }: NewSession,
): Promise<{ readonly token: string; readonly session: Session }> {
  if (principal.issuer !== ACCOUNTS_ISSUER) throw refuse('login_refused');
  await touchPassword(tx, principal._id);
  const withCode = await useCodeAtSignIn(tx, principal._id, { sent, digestOf });
  await makeRoom(tx, principal._id);
  const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
  const session = await tx.insert(sessions, {
    _id: sessionIdOf(tokenDigest(token)),
    principal: principal._id,
    expiresAt: new Date(tx.now.getTime() + hours * 3_600_000),
    startedAt: tx.now,
    ...defined({ address, client, withCode }),
  });
  return { token, session };
}

async function makeRoom(tx: Transaction, principal: string): Promise<void> {
  const present = (await tx.find(sessions, { principal: { $eq: principal } })).filter(isTokenSession);
  const live = present
    .filter((session) => !hasExpired(session, tx.now))
    .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  const kept = live.slice(Math.max(0, live.length - MAX_SESSIONS + 1));
  await tx.removeEach(
    sessions,
    present.filter((session) => !kept.includes(session)),
  );
}

/**
 * The session of this token. A session of the future was begun before the clock was set back: then nobody knows how old it
 * is.
 *
 * @throws session_missing
 */
export async function sessionOfToken(get: Reader['get'], token: string, now: Date): Promise<TokenSession> {
  const found = await get(sessions, sessionIdOf(tokenDigest(token)));
  if (found === null || !isTokenSession(found) || hasExpired(found, now)) throw refuse('session_missing');
  if (found.startedAt.getTime() > now.getTime() + CLOCK_SKEW_SECONDS * 1000) throw refuse('session_missing');
  return found;
}

const isTokenSession = (session: Session): session is TokenSession => session.startedAt !== undefined;
