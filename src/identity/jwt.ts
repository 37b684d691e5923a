import type { KeyObject } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import jwt from 'jsonwebtoken';
import { defined } from '../base/defined.ts';
import { errorCode } from '../base/errorCode.ts';
import { refuse, StewardError } from '../base/errors.ts';
import { CLOCK_SKEW_SECONDS, claimsIn, type Payload } from './jwtClaims.ts';
import type { Claims, TokenSource } from './token.ts';
import { type Algorithm, type KeyHint, type KeySource, publicKey, secretKey } from './verificationKey.ts';

/** The issuer of tokens where no issuer is configured. */
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
  readonly #expected: { readonly issuer?: string; readonly audience?: string };
  readonly #keys: KeySource;

  constructor(options: JwtOptions) {
    this.#expected = defined({ issuer: options.issuer, audience: options.audience });
    this.#keys = options.keys ?? onlyKey(options);
  }

  async verify(token: string, now: Date): Promise<Claims> {
    const { key, algorithm, rememberUntil } = await this.#keys.keyFor(hintIn(token), now);
    const payload =
      algorithm === 'EdDSA' ? await this.#verifyEdDsa(token, key, now) : this.#verify(token, { key, algorithm }, now);
    const claims = claimsIn(payload, this.#expected.issuer ?? LOCAL_ISSUER);
    return rememberUntil !== undefined && rememberUntil < claims.expiresAt
      ? { ...claims, expiresAt: rememberUntil }
      : claims;
  }

  #verify(token: string, { key, algorithm }: NotEdDsaKey, now: Date): Payload {
    try {
      const { header, payload } = jwt.verify(token, key, {
        ...this.#expected,
        complete: true,
        algorithms: [algorithm],
        clockTimestamp: Math.floor(now.getTime() / 1000),
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
      // RFC 7515, 4.1.11: a critical extension that we do not know makes the token invalid.
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
        ...this.#expected,
        algorithms: ['EdDSA'],
        currentDate: now,
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
      return payload;
    } catch (error) {
      throw refuse('token_invalid').because(reasonOf(error));
    }
  }
}

interface NotEdDsaKey {
  readonly key: KeyObject;
  readonly algorithm: Exclude<Algorithm, 'EdDSA'>;
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

/** One of our own messages: those of the libraries could contain parts of the token. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.message} ${errorCode(error) ?? ''}` : '';
  if (/expired/i.test(text)) return 'it has expired';
  if (/not active|"nbf"/i.test(text)) return 'it is not valid yet';
  if (/issuer|"iss"/i.test(text)) return 'its issuer is not the one trusted here';
  if (/audience|"aud"/i.test(text)) return 'it was issued for another audience';
  return 'it is malformed or not signed by the key trusted here';
}
