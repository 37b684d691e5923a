import { OperatorError, refuse, type StewardError } from '../base/errors.ts';
import { SingleFlight } from '../store/singleFlight.ts';
import { Remote, RemoteError, type RemoteOptions } from './remote.ts';
import { type KeyHint, type KeySource, publishedKey, type VerificationKey } from './verificationKey.ts';

/** Keys are fetched again when they are older than this, so that a withdrawn key is not trusted for long. */
const FRESH_MS = 5 * 60_000;
/** While they cannot be fetched, the keys at hand are trusted for this long after they were last seen published. */
const TRUSTED_MS = 60 * 60_000;
/** The shortest time between two requests, whatever tokens come. */
const COOL_DOWN_MS = 30_000;
const MAX_KEYS = 100;
const LIMITS: RemoteOptions = { timeoutMs: 5_000, maxBytes: 262_144 };
const ASYMMETRIC: readonly unknown[] = ['RS256', 'ES256', 'EdDSA'];

export class UnfitKeySetError extends OperatorError {}

interface PublishedKey extends VerificationKey {
  readonly kid: string | undefined;
}

interface KeySet {
  readonly keys: readonly PublishedKey[];
  readonly seenAt: number;
}

/**
 * The keys that the issuer of JSON Web Tokens publishes (a JWK Set, RFC 7517). If a token names an unknown key, the set
 * is fetched again, as after a rotation. Only the set at the configured URL is trusted, never a URL or key in a token.
 */
export class Jwks implements KeySource {
  readonly #url: URL;
  readonly #remote: Remote;
  #set: KeySet | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  /** Why the last fetch failed; undefined if it did not. */
  #failure: string | undefined;
  readonly #loading = new SingleFlight((now: number) => this.#fetch(now));

  constructor(url: string, limits: RemoteOptions = {}) {
    this.#url = new URL(url);
    this.#remote = new Remote(this.#url.protocol, { ...LIMITS, ...limits });
  }

  /** Fetches the keys at start, so that a wrong URL is found at once. @throws UnfitKeySetError */
  async probe(now: Date): Promise<void> {
    await this.#loading.run(now.getTime());
    const why = this.#failure ?? (this.#set?.keys.length === 0 ? 'it holds no key that can check tokens' : undefined);
    if (why === undefined) return;
    throw new UnfitKeySetError(
      `auth-jwks-url: ${this.#url.href} is not usable: ${why}. Correct the URL (a JWK Set with an RSA key of 2048 bits ` +
        'or more, an EC P-256 or an Ed25519 key, for signatures), or start again when it answers.',
    );
  }

  async keyFor({ alg, kid }: KeyHint, now: Date): Promise<VerificationKey & { readonly rememberUntil: Date }> {
    if (!ASYMMETRIC.includes(alg))
      throw refuse('token_invalid').because('it is signed in a way that is not taken here');
    const instant = now.getTime();
    if (!isWithin(this.#set?.seenAt, FRESH_MS, instant)) await this.#loadUnlessCooling(instant);
    let found = this.#find(alg, kid);
    if (found === undefined && (await this.#loadUnlessCooling(instant))) found = this.#find(alg, kid);
    const set = this.#set;
    // The set may have been fetched by a call that came a moment later than this one.
    if (set === undefined || Math.abs(instant - set.seenAt) >= TRUSTED_MS) throw this.#unavailable();
    // After a failed fetch, the key may be a new one.
    if (found === undefined) throw this.#failure === undefined ? noSuchKey(kid) : this.#unavailable();
    return { key: found.key, algorithm: found.algorithm, rememberUntil: new Date(set.seenAt + FRESH_MS) };
  }

  /** The key with this id; without an id, the only key of this algorithm. */
  #find(alg: unknown, kid: unknown): VerificationKey | undefined {
    const candidates = this.#set?.keys.filter((k) => k.algorithm === alg && (kid === undefined || k.kid === kid)) ?? [];
    return kid === undefined && candidates.length > 1 ? undefined : candidates[0];
  }

  /** False if the last fetch was a moment ago. */
  async #loadUnlessCooling(now: number): Promise<boolean> {
    if (!this.#loading.isFlying && isWithin(this.#triedAt, COOL_DOWN_MS, now)) return false;
    await this.#loading.run(now);
    return true;
  }

  async #fetch(now: number): Promise<void> {
    this.#triedAt = now;
    try {
      const { status, body } = await this.#remote.get(this.#url);
      if (status !== 200) throw new RemoteError(`it answered with status ${status}`);
      this.#set = { keys: keysIn(body), seenAt: now };
      this.#failure = undefined;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      this.#failure = error.message;
    }
  }

  #unavailable(): StewardError {
    const why = this.#failure ?? 'they are too old';
    return refuse('auth_unavailable', `Could not get the keys that check tokens from ${this.#url.href}: ${why}`);
  }
}

/** Also false if the clock was set back. */
function isWithin(since: number | undefined, life: number, now: number): boolean {
  return since !== undefined && since <= now && now < since + life;
}

function noSuchKey(kid: unknown): StewardError {
  return refuse('token_invalid').because(
    kid === undefined
      ? 'it does not say with which of several keys it is signed'
      : `it is signed by a key that is not published (looked for at most every ${COOL_DOWN_MS / 1000} seconds)`,
  );
}

/** @throws RemoteError if this is not a key set */
function keysIn(body: string): PublishedKey[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new RemoteError('its answer is not JSON');
  }
  const keys = value !== null && typeof value === 'object' && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(keys)) throw new RemoteError('its answer is no JWK Set: it has no list of keys');
  if (keys.length > MAX_KEYS) throw new RemoteError(`it holds more than ${MAX_KEYS} keys`);
  return keys.flatMap((jwk: unknown) => {
    if (jwk === null || typeof jwk !== 'object') return [];
    const fields = jwk as Readonly<Record<string, unknown>>;
    const usable = publishedKey(fields);
    return usable === undefined ? [] : [{ ...usable, kid: typeof fields.kid === 'string' ? fields.kid : undefined }];
  });
}
