import { createHash } from 'node:crypto';
import { refuse, StewardError } from '../base/errors.ts';
import type { KbaseAuthService } from './kbaseAuthService.ts';
import { Remembered } from './remembered.ts';
import { type Claims, type Identity, type Inquiry, KBASE_ISSUER, type TokenSource } from './token.ts';
import { assertUsername, isKbaseUsername } from './usernames.ts';

/** KBase's own bound for everything that its auth service said. */
const LIFE_MS = 300_000;
const MAX_USERS = 10_000;
/** What may stand in a header; KBase's own tokens are shorter and plainer. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/**
 * Opaque tokens of the KBase auth service, which carry nothing: it says whose a token is, which roles its bearer has and
 * which names have users. It has no ids, so the name is the subject. A good answer is believed for five minutes, a bad
 * one or none never: while the service is away, calls go on as long as what it said holds, and fail after that.
 */
export class KbaseSource implements TokenSource {
  readonly #service: KbaseAuthService;
  /** By user name: KBase's roles are the user's, whichever token asks. */
  readonly #roles = new Remembered<readonly string[]>(MAX_USERS);
  readonly #names = new Remembered<true>(MAX_USERS);
  /** Calls that bring the same token at once ask once. */
  readonly #asking = new Map<string, Promise<Claims>>();

  constructor(service: KbaseAuthService) {
    this.#service = service;
  }

  verify(token: string, now: Date): Promise<Claims> {
    const digest = createHash('sha256').update(token).digest('base64');
    const asked = this.#asking.get(digest);
    if (asked !== undefined) return asked;
    const asking = this.#verify(token, now).finally(() => this.#asking.delete(digest));
    this.#asking.set(digest, asking);
    return asking;
  }

  async #verify(token: string, now: Date): Promise<Claims> {
    if (!TOKEN.test(token)) throw refuse('token_invalid').because('it has characters that no token has, or too many');
    const { user, expires, created, cacheForMs = LIFE_MS } = await this.#service.token(token);
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
      expiresAt: new Date(until),
    };
  }

  inquiry(token: string, { username }: Claims, now: Date, rejected: () => void): Inquiry {
    const noting = <R>(work: Promise<R>) =>
      work.catch((error: unknown) => {
        if (error instanceof StewardError && error.reason === 'token_invalid') rejected();
        throw error;
      });
    return {
      roles: () => noting(this.#rolesOf(token, username, now)).catch(asRolesFailure),
      identities: (names) => noting(this.#identities(token, names, now)),
    };
  }

  async #rolesOf(token: string, username: string, now: Date): Promise<readonly string[]> {
    const known = this.#roles.get(username, now);
    if (known !== undefined) return known;
    const roles = await this.#service.customRoles(token, username);
    this.#roles.set(username, roles, now, lifeFrom(now));
    return roles;
  }

  async #identities(token: string, names: readonly string[], now: Date): Promise<readonly Identity[]> {
    const possible = names.filter(isKbaseUsername);
    const unsure = possible.filter((name) => this.#names.get(name, now) === undefined);
    const found = unsure.length === 0 ? new Set() : await this.#service.existing(token, unsure);
    for (const name of unsure) if (found.has(name)) this.#names.set(name, true, now, lifeFrom(now));
    return possible
      .filter((name) => !unsure.includes(name) || found.has(name))
      .map((name) => ({ issuer: KBASE_ISSUER, subject: name, username: name }));
  }
}

const lifeFrom = (now: Date) => new Date(now.getTime() + LIFE_MS);

/** KBase's text for a token that held a moment ago and is now refused where the roles are asked for. */
function asRolesFailure(error: unknown): never {
  if (!(error instanceof StewardError) || error.reason !== 'token_invalid') throw error;
  throw refuse('roles_unavailable', 'KBase authentication service reported an error: 10020 Invalid token');
}
