import type { Journal } from '../audit/journal.ts';
import { effectOf, type Named } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Database } from '../store/database.ts';
import type { Instant } from '../store/instant.ts';
import { transact } from '../store/transact.ts';
import { bareToken, credentialDigest, tokenDigest } from './authorization.ts';
import { livingBySubject } from './directory.ts';
import { ACCOUNTS_ISSUER, idAndName, type Principal } from './principal.ts';
import { type Bearer, hasNewName, introduce, requireActive } from './recognise.ts';
import { Remembered } from './remembered.ts';
import type { RightsCache } from './rightsCache.ts';
import type { AdminRules } from './roster.ts';
import type { SentCode } from './secondFactor.ts';
import { idOfUnstored } from './serviceNames.ts';
import type { ActorClaims, Claims, Identity, TokenSource } from './token.ts';

const MAX_TOKENS = 10_000;

/** A service that acts for a person, with its roles in the token. */
export interface Delegate {
  readonly principal: Principal;
  readonly roles: readonly string[];
}

/** A caller whose credential was checked, for one request. */
export interface SignedIn {
  /** The person, also if a service acts for them. */
  readonly principal: Principal;
  /** The service that acts for the person, if any. Only what both may do is allowed. */
  readonly delegate?: Delegate;
  /** The roster's epoch under which the principals were active, and when it was read: before anything else. */
  readonly epoch: number;
  readonly at: Instant;
  /**
   * Checks the credential again, with the documents that `get` reads. Rejects as step 1 would.
   *
   * @throws token_expired, token_outdated, session_missing, login_refused and the like
   */
  readonly confirm: (get: Reader['get']) => Promise<void>;
  readonly bootstrap?: true;
  /** A digest of the credential; undefined for the secret key. */
  readonly credential?: string;
  /** When the token expires, as far as its source says. */
  readonly tokenExpiresAt?: Date;
  /** The code that came with a password; a call that begins a session or makes a token uses it up. */
  readonly sentCode?: SentCode;
  /** The roles of the bearer: those in the token, or those that the issuer answers. @throws roles_unavailable */
  roles(): Promise<readonly string[]>;
  /** Those of these names that the token's issuer knows as users. @throws token_invalid, users_unavailable */
  identities(names: readonly string[]): Promise<readonly Identity[]>;
}

/** Where a sign-in came from, for its record. */
export interface SignInOrigin {
  readonly requestId: string;
  readonly address: string;
}

export interface SignInParts {
  readonly source: TokenSource;
  readonly database: Database;
  readonly journal: Journal;
  readonly rights: RightsCache;
  readonly rules: AdminRules;
  readonly now: () => Date;
}

/**
 * Step 1 of the gate: token → principal. A token is verified once, and its claims are cached by its digest until it
 * expires. A new bearer is stored in a transaction of its own, with a record.
 */
export class SignIn {
  readonly #parts: SignInParts;
  readonly #claims = new Remembered<Claims>(MAX_TOKENS);

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /**
   * @param authorization the value of an Authorization header: the token, bare or after `Bearer `
   *
   * @throws token_blank, token_invalid, session_missing, auth_refused, auth_unavailable, account_disabled,
   *   account_closed, username_conflict, delegation_nested
   */
  async signIn(authorization: string, origin: SignInOrigin): Promise<SignedIn> {
    const token = bareToken(authorization);
    if (token === '') throw refuse('token_blank');
    const digest = tokenDigest(token);
    const now = this.#parts.now();
    const { roster, at } = await this.#parts.rights.known();
    const claims = this.#claims.get(digest, now) ?? (await this.#verify(token, digest, now));
    const delegate = claims.actor && (await this.#delegate(claims, claims.actor, origin));
    const principal = await this.#principalOf(claims, origin);
    const inquiry = this.#parts.source.inquiry?.(token, claims, { now, rejected: () => this.#claims.forget(digest) });
    return {
      principal,
      epoch: roster.epoch,
      at,
      credential: credentialDigest(token),
      confirm: (get) => this.#confirm(token, digest, get),
      ...defined({ delegate, tokenExpiresAt: claims.tokenExpiresAt }),
      roles: async () => inquiry?.roles() ?? claims.roles,
      identities: async (names) => inquiry?.identities(names) ?? [],
    };
  }

  async #confirm(token: string, digest: string, get: Reader['get']): Promise<void> {
    const now = this.#parts.now();
    const recheck = this.#parts.source.recheck?.(token);
    if (recheck !== undefined) return recheck(get, now);
    if (this.#claims.get(digest, now) === undefined) await this.#verify(token, digest, now);
  }

  async #verify(token: string, digest: string, now: Date): Promise<Claims> {
    const claims = await this.#parts.source.verify(token, now);
    this.#claims.set(digest, claims, { from: now, until: claims.expiresAt });
    return claims;
  }

  async #principalOf(bearer: Bearer, origin: SignInOrigin): Promise<Principal> {
    const { epoch } = await this.#parts.rights.roster();
    const identity = JSON.stringify([bearer.issuer, bearer.subject]);
    const cached = this.#parts.rights.cached(identity);
    if (cached !== undefined && !hasNewName(cached, bearer)) return cached;
    const principal = await this.#recognise(bearer, origin);
    // Another call may have bound the name a moment ago: the roster must be read again.
    if (this.#parts.rules.configured.includes(principal.username)) this.#parts.rights.invalidate();
    this.#parts.rights.keep(identity, principal, epoch);
    return principal;
  }

  async #delegate(claims: Claims, actor: ActorClaims, origin: SignInOrigin): Promise<Delegate> {
    if (actor.nested) await this.#refuseNested(claims, actor, origin);
    const { issuer, issuedAt } = claims;
    return { principal: await this.#principalOf({ issuer, issuedAt, ...actor }, origin), roles: actor.roles };
  }

  /**
   * A chain of services is refused before anybody is stored, since nobody in it would be accountable. The refusal is
   * recorded, since the token is genuine. @throws delegation_nested
   */
  async #refuseNested(claims: Claims, actor: ActorClaims, origin: SignInOrigin): Promise<never> {
    await this.#parts.journal.append({
      at: this.#parts.now(),
      via: 'signIn',
      command: 'signIn',
      outcome: 'denied',
      error: 'delegation_nested',
      actor: await this.#named({ issuer: claims.issuer, ...actor }),
      onBehalfOf: await this.#named(claims),
      authority: 'service',
      changes: [],
      resources: [],
      requestId: origin.requestId,
      address: origin.address,
    });
    throw refuse('delegation_nested');
  }

  /** How a record names somebody who may not be stored: then by the id for their identity. */
  async #named({ issuer, subject, username = subject }: Omit<Bearer, 'issuedAt'>): Promise<Named> {
    const known = await livingBySubject(this.#parts.database, issuer, subject);
    return known === undefined ? { id: idOfUnstored(issuer, subject), name: username } : idAndName(known);
  }

  async #recognise(bearer: Bearer, origin: SignInOrigin): Promise<Principal> {
    const known = await livingBySubject(this.#parts.database, bearer.issuer, bearer.subject);
    if (known !== undefined && !hasNewName(known, bearer)) return requireActive(known);
    // Local accounts are made here, and never by a token: this one was closed a moment ago.
    if (bearer.issuer === ACCOUNTS_ISSUER) throw refuse('session_missing');
    return requireActive(await this.#introduce(bearer, origin));
  }

  async #introduce(bearer: Bearer, origin: SignInOrigin): Promise<Principal> {
    const principal = await transact(this.#parts.database, { now: this.#parts.now }, async (tx) => {
      const found = await introduce(tx, this.#parts.rules, bearer);
      if (tx.changes.length > 0) {
        await this.#parts.journal.appendIn(tx, {
          at: tx.now,
          via: 'signIn',
          command: 'signIn',
          outcome: 'success',
          actor: idAndName(found),
          authority: 'service',
          ...effectOf(tx),
          requestId: origin.requestId,
          address: origin.address,
        });
      }
      return found;
    });
    this.#parts.rights.invalidate();
    return principal;
  }
}
