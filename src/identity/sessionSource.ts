import { cacheOf } from '../base/cache.ts';
import { refuse } from '../base/errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Database } from '../store/database.ts';
import { ACCOUNTS_ISSUER, type Principal, principals } from './principal.ts';
import { isSessionToken, sessionOfToken, type TokenSession } from './sessionTokens.ts';
import { noteUse, USE_MINUTES } from './sessionUses.ts';
import type { Claims, Inquiry, InquiryOptions, Recheck, TokenSource } from './token.ts';

const MAX_REMEMBERED = 10_000;

/**
 * The session tokens of local accounts, beside the configured source, which checks all other tokens and never sees these. A
 * session is read at each call, and again with what the call writes: once it has ended, nothing accepts its token.
 */
export class SessionSource implements TokenSource {
  readonly #database: Database;
  readonly #configured: TokenSource;
  /** When the use of a session was noted last, in ms: its use is noted once in a while, and not at each call. */
  readonly #noted = cacheOf<number>(MAX_REMEMBERED);

  constructor(database: Database, configured: TokenSource) {
    this.#database = database;
    this.#configured = configured;
  }

  /** @throws session_missing, and what the configured source throws */
  async verify(token: string, now: Date): Promise<Claims> {
    if (!isSessionToken(token)) return this.#configured.verify(token, now);
    const { session, subject, username } = await heldBy((from, id) => this.#database.get(from, id), token, now);
    await this.#noteUse(session._id, now);
    const { startedAt, withCode, expiresAt: tokenExpiresAt } = session;
    return {
      issuer: ACCOUNTS_ISSUER,
      subject,
      username,
      roles: [],
      issuedAt: startedAt,
      // By the names of RFC 8176.
      authentication: { at: startedAt, amr: withCode === true ? ['pwd', 'otp'] : ['pwd'] },
      // Nothing holds without reading the session again.
      expiresAt: now,
      tokenExpiresAt,
    };
  }

  inquiry(token: string, claims: Claims, options: InquiryOptions): Inquiry | undefined {
    return isSessionToken(token) ? undefined : this.#configured.inquiry?.(token, claims, options);
  }

  recheck(token: string): Recheck | undefined {
    if (!isSessionToken(token)) return this.#configured.recheck?.(token);
    return async (get, now) => void (await heldBy(get, token, now));
  }

  async #noteUse(session: string, now: Date): Promise<void> {
    const noted = this.#noted.get(session);
    if (noted !== undefined && Math.abs(now.getTime() - noted) < USE_MINUTES * 60_000) return;
    await noteUse(this.#database, session, now);
    this.#noted.set(session, now.getTime());
  }
}

interface Held {
  readonly session: TokenSession;
  readonly subject: string;
  readonly username: string;
}

/** The session of a token, and its holder. @throws session_missing */
async function heldBy(get: Reader['get'], token: string, now: Date): Promise<Held> {
  const session = await sessionOfToken(get, token, now);
  const holder: Principal | null = await get(principals, session.principal);
  const { issuer, subject, username } = holder ?? {};
  if (holder?.living !== true || issuer !== ACCOUNTS_ISSUER || subject === undefined || username === undefined) {
    throw refuse('session_missing');
  }
  return { session, subject, username };
}
