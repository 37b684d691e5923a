import type { KeyObject } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import jwt from 'jsonwebtoken';
import { refuse, StewardError } from '../base/errors.ts';
import { CLOCK_SKEW_SECONDS, claimsIn, type Payload } from './jwtClaims.ts';
import type { Claims, TokenSource } from './token.ts';
import { type Algorithm, type KeyHint, type KeySource, publicKey, secretKey } from './verificationKey.ts';

/** The issuer of tokens that name none, or whose issuer is not checked. */
export const LOCAL_ISSUER = 'local';

export interface JwtOptions {
  /** Exactly one of the three. */
  readonly secret?: string;
  readonly publicKeyPem?: string;
  readonly keys?: KeySource;
  /** Checked when given. */
  readonly issuer?: string;
  readonly audience?: string;
}

/** JSON Web Tokens (RFC 7519). The algorithm is pinned to the key (RFC 8725): a token cannot choose another. */
export class JwtSource implements TokenSource {
  readonly #options: JwtOptions;
  readonly #keys: KeySource;

  constructor(options: JwtOptions) {
    this.#options = options;
    this.#keys = options.keys ?? onlyKey(options);
  }

  async verify(token: string, now: Date): Promise<Claims> {
    const { key, algorithm, rememberUntil } = await this.#keys.keyFor(hintIn(token), now);
    const payload =
      algorithm === 'EdDSA' ? await this.#verifyEdDsa(token, key, now) : this.#verify(token, key, algorithm, now);
    const claims = claimsIn(payload, this.#options.issuer ?? LOCAL_ISSUER);
    return rememberUntil !== undefined && rememberUntil < claims.expiresAt
      ? { ...claims, expiresAt: rememberUntil }
      : claims;
  }

  #verify(token: string, key: KeyObject, algorithm: Exclude<Algorithm, 'EdDSA'>, now: Date): Payload {
    try {
      const { header, payload } = jwt.verify(token, key, {
        complete: true,
        algorithms: [algorithm],
        clockTimestamp: Math.floor(now.getTime() / 1000),
        clockTolerance: CLOCK_SKEW_SECONDS,
        ...(this.#options.issuer === undefined ? {} : { issuer: this.#options.issuer }),
        ...(this.#options.audience === undefined ? {} : { audience: this.#options.audience }),
      });
      // RFC 7515, 4.1.11: what the issuer holds for critical and we do not know makes the token invalid.
      if ('crit' in header) throw refuse('token_invalid').because('its header asks for an extension unknown here');
      if (typeof payload === 'string') throw refuse('token_invalid').because('its payload is not an object');
      return payload;
    } catch (error) {
      throw error instanceof StewardError ? error : refuse('token_invalid').because(reasonOf(error));
    }
  }

  /** jsonwebtoken has no EdDSA. */
  async #verifyEdDsa(token: string, key: KeyObject, now: Date): Promise<Payload> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['EdDSA'],
        currentDate: now,
        clockTolerance: CLOCK_SKEW_SECONDS,
        ...(this.#options.issuer === undefined ? {} : { issuer: this.#options.issuer }),
        ...(this.#options.audience === undefined ? {} : { audience: this.#options.audience }),
      });
      return payload;
    } catch (error) {
      throw refuse('token_invalid').because(reasonOf(error));
    }
  }
}

function onlyKey({ secret, publicKeyPem = '' }: JwtOptions): KeySource {
  const key = secret === undefined ? publicKey(publicKeyPem) : secretKey(secret);
  return { keyFor: async () => key };
}

function hintIn(token: string): KeyHint {
  try {
    return decodeProtectedHeader(token);
  } catch (error) {
    throw refuse('token_invalid').because(reasonOf(error));
  }
}

/** Never the library's own words beyond these: they could hold parts of the token. */
function reasonOf(error: unknown): string {
  const said = error instanceof Error ? `${error.message} ${'code' in error ? String(error.code) : ''}` : '';
  if (/expired/i.test(said)) return 'it has expired';
  if (/not active|"nbf"/i.test(said)) return 'it is not valid yet';
  if (/issuer|"iss"/i.test(said)) return 'its issuer is not the one trusted here';
  if (/audience|"aud"/i.test(said)) return 'it was issued for another audience';
  return 'it is malformed or not signed by the key trusted here';
}
