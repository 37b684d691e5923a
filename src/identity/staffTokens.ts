import { createHmac } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { Reader } from '../store/collection.ts';
import { CLOCK_SKEW_SECONDS } from './jwtClaims.ts';
import { passwords } from './passwords.ts';
import { ACCOUNTS_ISSUER, type Principal, principals } from './principal.ts';

const AUDIENCE = 'iiif';
const ALGORITHM = 'HS256';
const LIFETIME_SECONDS = 24 * 60 * 60;

/**
 * Tokens of staff accounts, signed by this service. Each account has a key of its own, derived from the service's key,
 * the account's id, name and password, and when it was disabled last: a change of one invalidates all earlier tokens.
 */
export class StaffTokens {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  async issue(principal: Principal, now: Date, get: Reader['get']): Promise<string> {
    const issuedAt = Math.floor(now.getTime() / 1000);
    const claims = {
      username: principal.username,
      user_id: principal._id,
      ...defined({ email: principal.email }),
      iat: issuedAt,
      exp: issuedAt + LIFETIME_SECONDS,
    };
    const options = { algorithm: ALGORITHM, issuer: ACCOUNTS_ISSUER, audience: AUDIENCE } as const;
    const key = await this.#keyOf(principal, get);
    return jwt.sign(claims, key, options);
  }

  /**
   * The account that a token was issued to.
   *
   * @throws token_invalid if this service did not issue the token; token_outdated if the account was renamed, disabled,
   *   closed or given a new password since; token_expired
   */
  async bearerOf(token: string, now: Date, get: Reader['get']): Promise<Principal> {
    const claimed = jwt.decode(token);
    const id = claimed !== null && typeof claimed === 'object' ? claimed.user_id : undefined;
    if (typeof id !== 'string') throw refuse('token_invalid');
    const principal = await get(principals, id);
    if (principal === null || !principal.living) throw refuse('token_outdated');
    try {
      jwt.verify(token, await this.#keyOf(principal, get), {
        algorithms: [ALGORITHM],
        issuer: ACCOUNTS_ISSUER,
        audience: AUDIENCE,
        clockTimestamp: Math.floor(now.getTime() / 1000),
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
    } catch (error) {
      if (error instanceof jwt.TokenExpiredError) throw refuse('token_expired');
      const outdated = error instanceof jwt.JsonWebTokenError && error.message === 'invalid signature';
      throw refuse(outdated ? 'token_outdated' : 'token_invalid');
    }
    return principal;
  }

  async #keyOf({ _id, username, disabledAt }: Principal, get: Reader['get']): Promise<Buffer> {
    const password = await get(passwords, _id);
    // Tokens stay valid that earlier versions signed for accounts that were never disabled.
    const parts = [_id, username, password?.hash ?? null, ...(disabledAt === undefined ? [] : [disabledAt])];
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest();
  }
}
