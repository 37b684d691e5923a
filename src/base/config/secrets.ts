import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { defined } from '../defined.ts';
import type { Key } from './keys.ts';
import { type ConfigProblem, type Origin, problemAt } from './problems.ts';
import { readText } from './sources.ts';
import type { GivenValues } from './values.ts';

/** The content of the key files that the configuration names; never printed. */
export interface Secrets {
  /** The secret of HS256 tokens: the text of the file without a line break at the end. */
  readonly jwtSecret?: string;
  /** The public key of RS256, ES256 or EdDSA tokens, as SPKI in PEM. */
  readonly jwtPublicKeyPem?: string;
  /** The Ed25519 private key that signs checkpoints of the audit log, as PKCS #8 in PEM. */
  readonly auditSigningKeyPem?: string;
  /** The one that signed them before. */
  readonly auditPreviousKeyPem?: string;
}

/** HS256 requires a key as long as its hash (RFC 7518, 3.2). */
const SAFE_SECRET_BYTES = 32;
const SMALLEST_RSA_BITS = 2048;

/** Random text has more different bytes, even in hexadecimal digits. */
const FEWEST_DIFFERENT_BYTES = 8;
/** A repeated part is no stronger than the part itself. */
const SHORTEST_PERIOD = 16;

/** Why a secret can be guessed, as the end of a sentence; undefined if it seems strong. */
export function weaknessOf(secret: string | undefined): string | undefined {
  if (secret === undefined) return undefined;
  const bytes = Buffer.from(secret);
  const size = `${bytes.length} ${bytes.length === 1 ? 'byte' : 'bytes'}`;
  if (bytes.length < SAFE_SECRET_BYTES) return `has ${size} and can be guessed`;
  const different = new Set(bytes).size;
  if (different >= FEWEST_DIFFERENT_BYTES && !repeatsItself(bytes)) return undefined;
  return `has ${size}, but repeats itself and can be guessed`;
}

/** Whether it is one short part, repeated, the last time maybe cut. */
function repeatsItself(bytes: Buffer): boolean {
  for (let period = 1; period < SHORTEST_PERIOD; period++) {
    if (bytes.subarray(period).equals(bytes.subarray(0, bytes.length - period))) return true;
  }
  return false;
}

/** Reads the key files, unless their names are a problem already. Adds problems for files that cannot be used. */
export function readSecrets(given: GivenValues, problems: ConfigProblem[]): Secrets {
  const read = <T>(key: Key, use: (text: string) => T): T | undefined => {
    const entry = given.get(key);
    if (entry === undefined || entry.text === '' || problems.some((p) => p.key === key)) return undefined;
    const { text: path, origin } = entry;
    try {
      return use(readText(path));
    } catch (error) {
      // Without the path, which may be the secret itself, given instead of the file's name.
      problems.push(problemAt(origin, key, (error as Error).message));
      return undefined;
    }
  };
  const jwtSecret = read('auth-jwt-secret-file', jwtSecretOf);
  const jwtPublicKeyPem = read('auth-jwt-public-key-file', publicKeyOf);
  const auditSigningKeyPem = read('audit-signing-key-file', signingKeyOf);
  const auditPreviousKeyPem = read('audit-previous-signing-key-file', signingKeyOf);
  return defined({ jwtSecret, jwtPublicKeyPem, auditSigningKeyPem, auditPreviousKeyPem });
}

export const originOf = (given: GivenValues, key: Key): Origin => given.get(key)?.origin ?? { from: 'default' };

function jwtSecretOf(text: string): string {
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new Error('the file is empty: put a secret of 32 random bytes or more in it');
  // A public key as the secret would let anybody sign tokens.
  if (secret.trimStart().startsWith('-----BEGIN ')) {
    throw new Error('the file holds a PEM key, not a secret: name a public key in auth-jwt-public-key-file');
  }
  const weakness = weaknessOf(secret);
  if (weakness !== undefined) {
    throw new Error(`the secret ${weakness}: use ${SAFE_SECRET_BYTES} random bytes or more (openssl rand -base64 32)`);
  }
  return secret;
}

function publicKeyOf(text: string): string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new Error('the file holds a private key: put only the public key there (openssl pkey -in KEY -pubout)');
  }
  const key = parsedPublicKey(text);
  const kind = key?.asymmetricKeyType;
  const details = key?.asymmetricKeyDetails;
  const usable =
    (kind === 'rsa' && (details?.modulusLength ?? 0) >= SMALLEST_RSA_BITS) ||
    (kind === 'ec' && details?.namedCurve === 'prime256v1') ||
    kind === 'ed25519';
  if (key === undefined || !usable) {
    const found = key === undefined ? 'the file is no public key in PEM' : `the file's key is ${nameOf(key)}`;
    throw new Error(`${found}: it must be RSA of ${SMALLEST_RSA_BITS} bits or more, EC P-256 or Ed25519`);
  }
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function signingKeyOf(text: string): string {
  const key = parsedPrivateKey(text);
  if (key?.asymmetricKeyType !== 'ed25519') {
    const found = key === undefined ? 'the file is no private key in PEM' : `the file's key is ${nameOf(key)}`;
    throw new Error(`${found}: it must be an Ed25519 private key (openssl genpkey -algorithm ed25519)`);
  }
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function parsedPrivateKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

function parsedPublicKey(text: string): KeyObject | undefined {
  try {
    return createPublicKey(text);
  } catch {
    return undefined;
  }
}

function nameOf(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return [key.asymmetricKeyType, namedCurve, modulusLength && `of ${modulusLength} bits`].filter(Boolean).join(' ');
}
