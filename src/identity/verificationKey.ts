import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';

export type Algorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

/** A key with its one algorithm (RFC 8725, 3.1): a token cannot choose another. */
export interface VerificationKey {
  readonly key: KeyObject;
  readonly algorithm: Algorithm;
}

/** The parts of a token's header that select the key. They are not verified, and only choose among trusted keys. */
export interface KeyHint {
  readonly alg?: unknown;
  readonly kid?: unknown;
}

/** Where keys come from. */
export interface KeySource {
  /**
   * The key for a token with this header. `rememberUntil`: until when the result of the check may be cached; if absent,
   * until the token expires.
   *
   * @throws token_invalid if there is no such key; auth_unavailable if that cannot be known
   */
  keyFor(hint: KeyHint, now: Date): Promise<VerificationKey & { readonly rememberUntil?: Date }>;
}

const SMALLEST_RSA_BITS = 2048;

export function secretKey(secret: string): VerificationKey {
  return { key: createSecretKey(secret, 'utf8'), algorithm: 'HS256' };
}

/** @throws TypeError for a kind of key that no supported algorithm uses */
export function publicKey(input: string): VerificationKey {
  const key = createPublicKey(input);
  const algorithm = algorithmOf(key);
  if (algorithm !== undefined) return { key, algorithm };
  const kind = [key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve].filter(Boolean).join(' ');
  throw new TypeError(`a key of the kind ${kind} cannot check tokens: use RSA, EC P-256 or Ed25519`);
}

/**
 * The key in a published JWK (RFC 7517). Undefined for one that must not check signatures: a key for encryption, of
 * another algorithm, too short, a shared secret, or one whose private part was published too.
 */
export function publishedKey(jwk: Readonly<Record<string, unknown>>): VerificationKey | undefined {
  const { kty, use, key_ops: operations, alg, d } = jwk;
  if (kty === 'oct' || d !== undefined || (use !== undefined && use !== 'sig')) return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const algorithm = algorithmOf(key);
    if (algorithm === undefined || (alg !== undefined && !NAMES[algorithm].includes(alg as string))) return undefined;
    if (algorithm === 'RS256' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < SMALLEST_RSA_BITS) return undefined;
    return { key, algorithm };
  } catch {
    return undefined;
  }
}

/** What a JWK calls the algorithm; Ed25519 has two names (RFC 8037, RFC 9864). */
const NAMES: Readonly<Record<Algorithm, readonly string[]>> = {
  HS256: [],
  RS256: ['RS256'],
  ES256: ['ES256'],
  EdDSA: ['EdDSA', 'Ed25519'],
};

function algorithmOf(key: KeyObject): Algorithm | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return 'RS256';
    case 'ec':
      return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : undefined;
    case 'ed25519':
      return 'EdDSA';
    default:
      return undefined;
  }
}
