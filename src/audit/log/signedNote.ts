import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

// Signed notes as in https://c2sp.org/signed-note, with Ed25519.

/** The type of a key: of signatures of the text, or of cosignatures as in https://c2sp.org/tlog-cosignature. */
export const KEY_TYPES = { ed25519: 0x01, cosignature: 0x04 } as const;
export type KeyType = (typeof KEY_TYPES)[keyof typeof KEY_TYPES];

/** A text, and signatures that say nothing until they are verified. */
export interface Note {
  /** Ends in a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** 8 hexadecimal digits. */
  readonly keyId: string;
  readonly signature: Buffer;
  /** The line without its newline. */
  readonly line: string;
}

/** A public key with a name, as it is given to whoever verifies. */
export interface VerifierKey {
  readonly name: string;
  readonly type: KeyType;
  /** 8 hexadecimal digits. */
  readonly id: string;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /** Set once another key of the log has replaced it: the largest size for which its checkpoints count. */
  readonly until?: number;
}

/** A note, a signature or a key that is not what the specification says. */
export class NoteError extends Error {}

/** A signature that is wrong, or that is missing. */
export class SignatureError extends NoteError {}

/** As many as C2SP says at least, and some more: whoever sends a note should not make others verify for minutes. */
const MAX_SIGNATURES = 32;
const [ID_BYTES, KEY_BYTES, SIGNATURE_BYTES, TIME_BYTES] = [4, 32, 64, 8];
const SIGNATURE_LINE = /^— ([^\s+\p{Z}]+) ([A-Za-z0-9+/]+={0,2})$/u;
const KEY_LINE = /^([^\s+\p{Z}]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u;
const KEY_NAME = /^[^\s+\p{Z}\p{Cc}]+$/u;

/** @throws NoteError */
export function parseNote(note: string): Note {
  if (hasControls(note)) throw new NoteError('The note contains control characters.');
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new NoteError('The note has no blank line before its signatures.');
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw new NoteError(`The note has more than ${MAX_SIGNATURES} signatures.`);
  return { text: note.slice(0, end + 1), signatures: lines.map(signatureIn) };
}

/** The note with its signatures. */
export const noteText = (text: string, lines: readonly string[]): string =>
  `${text}\n${lines.map((line) => `${line}\n`).join('')}`;

/** @throws NoteError */
function signatureIn(line: string): NoteSignature {
  const [, name, base64] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = base64 === undefined ? undefined : fromBase64(base64);
  if (name === undefined || bytes === undefined || bytes.length <= ID_BYTES) {
    throw new NoteError('A signature line is not of the form "— NAME BASE64".');
  }
  return { name, keyId: bytes.toString('hex', 0, ID_BYTES), signature: bytes.subarray(ID_BYTES), line };
}

/** @throws NoteError */
export function verifierKey(name: string, type: KeyType, publicKey: KeyObject | Uint8Array): VerifierKey {
  if (!KEY_NAME.test(name))
    throw new NoteError('The name of a key must have no spaces, no control characters and no "+".');
  const bytes = publicKey instanceof Uint8Array ? Buffer.from(publicKey) : rawPublicKey(publicKey);
  if (bytes.length !== KEY_BYTES) throw new NoteError(`An Ed25519 public key has ${KEY_BYTES} bytes.`);
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), bytes]), 'hex');
  return { name, type, id: id.slice(0, 2 * ID_BYTES), publicKey: bytes };
}

/** The key as one line: `NAME+ID+BASE64`. */
export const verifierKeyText = ({ name, type, id, publicKey }: VerifierKey): string =>
  `${name}+${id}+${Buffer.concat([Buffer.of(type), publicKey]).toString('base64')}`;

/** @throws NoteError */
export function parseVerifierKey(line: string): VerifierKey {
  const [, name, id, base64] = KEY_LINE.exec(line) ?? [];
  const bytes = base64 === undefined ? undefined : fromBase64(base64);
  if (name === undefined || bytes === undefined) throw new NoteError('A key must have the form "NAME+ID+BASE64".');
  const type = Object.values(KEY_TYPES).find((known) => known === bytes[0]);
  if (type === undefined) throw new NoteError(`The key of ${name} is neither an Ed25519 key nor one for cosignatures.`);
  const key = verifierKey(name, type, bytes.subarray(1));
  if (key.id !== id) throw new NoteError(`The id of the key of ${name} should be ${key.id}, but the line has ${id}.`);
  return key;
}

/** The signature line of a text. @param signer the name of the key, and the private key */
export function signatureLine(text: string, { key, privateKey }: Signer): string {
  return lineOf(key, sign(null, Buffer.from(text), privateKey));
}

/** A key that signs. */
export interface Signer {
  readonly key: VerifierKey;
  readonly privateKey: KeyObject;
}

/** The cosignature line of a text: that it was the newest that the signer had seen at that time, in seconds since 1970. */
export function cosignatureLine(text: string, seconds: number, { key, privateKey }: Signer): string {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(seconds));
  return lineOf(key, Buffer.concat([time, sign(null, cosigned(text, BigInt(seconds)), privateKey)]));
}

/** A signature that was verified. */
export interface Verified {
  readonly key: VerifierKey;
  readonly line: string;
  /** Of a cosignature: when it was made, in seconds since 1970. */
  readonly seconds?: number;
}

/**
 * The signatures of these keys. Those of other keys are left out.
 *
 * @throws SignatureError if a signature of one of the keys is wrong: then nothing in the note counts
 */
export function verifiedSignatures({ text, signatures }: Note, keys: readonly VerifierKey[]): Verified[] {
  return signatures.flatMap((signature) => {
    const key = keys.find(({ name, id }) => name === signature.name && id === signature.keyId);
    return key === undefined ? [] : [verified(text, signature, key)];
  });
}

function verified(text: string, { signature, line }: NoteSignature, key: VerifierKey): Verified {
  const isCosignature = key.type === KEY_TYPES.cosignature;
  const time = isCosignature ? signature.subarray(0, TIME_BYTES) : Buffer.alloc(0);
  const bytes = signature.subarray(time.length);
  const wrong = new SignatureError(`The signature by ${key.name} (key ${key.id}) is wrong.`);
  if (bytes.length !== SIGNATURE_BYTES) throw wrong;
  const seconds = isCosignature ? time.readBigUInt64BE() : 0n;
  const message = isCosignature ? cosigned(text, seconds) : Buffer.from(text);
  if (!verify(null, message, publicKeyOf(key), bytes)) throw wrong;
  return { key, line, ...(isCosignature ? { seconds: Number(seconds) } : {}) };
}

const cosigned = (text: string, seconds: bigint) => Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);

const lineOf = ({ name, id }: VerifierKey, signature: Uint8Array) =>
  `— ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')}`;

function publicKeyOf({ publicKey }: VerifierKey): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') }, format: 'jwk' });
}

function rawPublicKey(key: KeyObject): Buffer {
  const { crv, x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  if (crv !== 'Ed25519' || x === undefined) throw new NoteError('The key is not an Ed25519 key.');
  return Buffer.from(x, 'base64url');
}

/** The bytes, if this is the one way to write them. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

const hasControls = (text: string) => /[^\P{Cc}\n\x7f-\x9f]/u.test(text);
