import {
  cosignatureLine,
  fromBase64,
  KEY_TYPES,
  NoteError,
  noteText,
  parseNote,
  SignatureError,
  type Signer,
  signatureLine,
  type Verified,
  type VerifierKey,
  verifiedSignatures,
} from './signedNote.ts';
import { HASH_BYTES } from './tree.ts';

// Checkpoints as in https://c2sp.org/tlog-checkpoint: which root a log has at which size.

export interface Checkpoint {
  /** The name of the log. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** A checkpoint with the signatures that were verified. */
export interface SignedCheckpoint extends Checkpoint {
  /** What is signed. */
  readonly text: string;
  /** Of the log's own keys. There is at least one. */
  readonly signatures: readonly Verified[];
  /** Of witnesses. */
  readonly cosignatures: readonly Verified[];
}

/** Decimal digits without leading zeros. */
const SIZE = /^(?:0|[1-9][0-9]*)$/;

/** @throws NoteError if the origin cannot stand in a checkpoint */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  if (origin === '' || origin.includes('\n')) throw new NoteError('The origin of a log must be one line.');
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** The signed note. */
export function signedCheckpoint(checkpoint: Checkpoint, ...signers: readonly Signer[]): string {
  const text = checkpointText(checkpoint);
  return noteText(
    text,
    signers.map((signer) => signatureLine(text, signer)),
  );
}

/** The cosignature line of a witness for a note, whatever signatures it has. @throws NoteError */
export function cosignatureOf(note: string, seconds: number, witness: Signer): string {
  const { text } = parseNote(note);
  parseCheckpoint(text);
  return cosignatureLine(text, seconds, witness);
}

/** The note with these signature lines too, each once. @throws NoteError */
export function withSignatures(note: string, lines: readonly string[]): string {
  const { text, signatures } = parseNote(note);
  return noteText(text, [...new Set([...signatures.map(({ line }) => line), ...lines])]);
}

/** What the text of a note says, whoever signed it. @throws NoteError if it is no checkpoint */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  if (origin === '') throw new NoteError('The checkpoint has no origin.');
  if (!SIZE.test(size) || !Number.isSafeInteger(Number(size)))
    throw new NoteError('The checkpoint has no size in its second line.');
  const bytes = fromBase64(root);
  if (bytes?.length !== HASH_BYTES) throw new NoteError('The checkpoint has no SHA-256 in Base64 in its third line.');
  if (extensions.includes('')) throw new NoteError('The checkpoint has an empty line.');
  return { origin, size: Number(size), root: bytes };
}

/**
 * Reads a checkpoint, and verifies its signatures by these keys. Signatures by others are ignored.
 *
 * @param keys keys of the log, whose name is its origin, and of witnesses
 * @throws NoteError if it is no checkpoint; SignatureError if no key of the log signed it, if only keys did that had been replaced
 * by then, or if a signature by one of the keys is wrong
 */
export function verifiedCheckpoint(note: string, keys: readonly VerifierKey[]): SignedCheckpoint {
  const parsed = parseNote(note);
  const checkpoint = parseCheckpoint(parsed.text);
  const verified = verifiedSignatures(parsed, keys);
  const { origin, size } = checkpoint;
  const own = verified.filter(({ key }) => key.type === KEY_TYPES.ed25519 && key.name === origin);
  const signatures = own.filter(({ key: { until = size } }) => size <= until);
  if (signatures.length === 0) throw new SignatureError(whyUnsigned(checkpoint, own));
  const cosignatures = verified.filter(({ key }) => key.type === KEY_TYPES.cosignature);
  return { ...checkpoint, text: parsed.text, signatures, cosignatures };
}

function whyUnsigned({ origin, size }: Checkpoint, [late]: readonly Verified[]): string {
  if (late === undefined) return `No known key of the log ${origin} has signed the checkpoint.`;
  const { id, until } = late.key;
  return `The checkpoint of ${size} records is signed with the key ${id}, which another one had replaced after ${until} records.`;
}
