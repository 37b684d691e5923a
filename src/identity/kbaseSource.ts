import { hash } from 'node:crypto';
import { defined } from '../base/defined.ts';
import { refuse, StewardError } from '../base/errors.ts';
import type { KbaseAuthService } from './kbaseAuthService.ts';
import { Remembered } from './remembered.ts';
import {
  type Claims,
  type Identity,
  type Inquiry,
  type InquiryOptions,
  KBASE_ISSUER,
  type TokenSource,
} from './token.ts';
import { assertUsername, isKbaseUsername } from './usernames.ts';

/** For how long KBase itself caches the answers of its auth service. */
const LIFE_MS = 300_000;
const MAX_USERS = 10_000;
/** Whatever can be the value of a header; KBase's own tokens are shorter. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/**
 * Opaque tokens of the KBase auth service, which says whose a token is, which roles its bearer has and which names have
 * users. It has no ids, so the name is the subject. Good answers are cached for five minutes, refusals and failures
 * never: while the service is down, calls succeed as long as the cached answers hold, and then fail.
 */
export class KbaseSource implements TokenSource {
  readonly #service: KbaseAuthService;
  /** By user name: in KBase, roles belong to the user and not to the token. */
  readonly #roles = new Remembered<readonly string[]>(MAX_USERS);
  readonly #names = new Remembered<true>(MAX_USERS);
  /** Concurrent calls with the same token share one request. */
  readonly #pending = new Map<string, Promise<Claims>>();

  constructor(service: KbaseAuthService) {
    this.#service = service;
  }

  verify(token: string, now: Date): Promise<Claims> {
    const digest = hash('sha256', token, 'base64');
    const known = this.#pending.get(digest);
    if (known !== undefined) return known;
    const pending = this.#verify(token, now).finally(() => this.#pending.delete(digest));
    this.#pending.set(digest, pending);
    return pending;
  }

  async #verify(token: string, now: Date): Promise<Claims> {
    if (!TOKEN.test(token)) throw refuse('token_invalid').because('it has characters that no token has, or too many');
    const { user, type, expires, created, cacheForMs = LIFE_MS } = await this.#service.token(token);
    try {
      assertUsername(user);
    } catch {
      throw refuse('auth_unavailable', 'The auth service answered with a user name that is not valid here');
    }
    const until = Math.min(
      now.getTime() + Math.min(LIFE_MS, cacheForMs),
      expires?.getTime() ?? Number.POSITIVE_INFINITY,
    );
    return {
      issuer: KBASE_ISSUER,
      subject: user,
      username: user,
      roles: [],
      issuedAt: created ?? new Date(0),
      // Whoever holds a token can have the auth service make others, but one of this type comes from a login alone.
      ...defined({ authentication: type === 'Login' && created !== undefined ? { at: created } : undefined }),
      expiresAt: new Date(until),
      ...defined({ tokenExpiresAt: expires }),
    };
  }

  inquiry(token: string, { username }: Claims, { now, rejected }: InquiryOptions): Inquiry {
    const reporting = <R>(work: Promise<R>) =>
      work.catch((error: unknown) => {
        if (error instanceof StewardError && error.reason === 'token_invalid') rejected();
        throw error;
      });
    return {
      roles: () => reporting(this.#rolesOf(token, username, now)).catch(asRolesFailure),
      identities: (names) => reporting(this.#identities(token, names, now)),
    };
  }

  async #rolesOf(token: string, username: string, now: Date): Promise<readonly string[]> {
    const known = this.#roles.get(username, now);
    if (known !== undefined) return known;
    const roles = await this.#service.customRoles(token, username);
    this.#roles.set(username, roles, lifeFrom(now));
    return roles;
  }

  async #identities(token: string, names: readonly string[], now: Date): Promise<readonly Identity[]> {
    const possible = names.filter(isKbaseUsername);
    const unsure = possible.filter((name) => this.#names.get(name, now) === undefined);
    const found = unsure.length === 0 ? new Set() : await this.#service.existing(token, unsure);
    for (const name of unsure) if (found.has(name)) this.#names.set(name, true, lifeFrom(now));
    return possible
      .filter((name) => !unsure.includes(name) || found.has(name))
      .map((name) => ({ issuer: KBASE_ISSUER, subject: name, username: name }));
  }
}

const lifeFrom = (now: Date) => ({ from: now, until: new Date(now.getTime() + LIFE_MS) });

/** KBase's text for a token that was valid a moment ago and is refused when the roles are read. */
function asRolesFailure(error: unknown): never {
  if (!(error instanceof StewardError) || error.reason !== 'token_invalid') throw error;
  throw refuse('roles_unavailable', 'KBase authentication service reported an error: 10020 Invalid token');
}
