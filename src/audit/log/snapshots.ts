import { createHash, hash as hashOf } from 'node:crypto';
import { refuse, StewardError } from '../../base/errors.ts';
import { collection, type Reader, type Stored } from '../../store/collection.ts';
import { checkpointText } from './checkpoint.ts';
import { trustedKeys } from './keyRotation.ts';
import { logHead } from './segments.ts';
import {
  NoteError,
  noteText,
  parseNote,
  type Signer,
  signatureLine,
  type VerifierKey,
  verifiedSignatures,
} from './signedNote.ts';

/**
 * What the records before a size of the log say, which takes their place when they are pruned. Its lines are in documents of
 * their own, which are stored before it.
 */
export interface Snapshot extends Stored {
  /** The number of records that it stands for, counted from the beginning of the log. */
  readonly size: number;
  readonly parts: number;
  readonly documents: number;
  /** SHA-256 of the hashes of the parts, hexadecimal. */
  readonly hash: string;
  /** A signed note of the log about size and hash. */
  readonly note: string;
  readonly at: Date;
}

export interface SnapshotPart extends Stored {
  /** JSON texts, one a line. */
  readonly lines: string;
  /** SHA-256 of the lines, hexadecimal. */
  readonly hash: string;
}

export const auditSnapshots = collection<Snapshot>('auditSnapshots');
export const snapshotParts = collection<SnapshotPart>('auditSnapshotParts');

export const snapshotId = (size: number): string => String(size).padStart(12, '0');
export const partId = (snapshot: string, number: number): string => `${snapshot}-${String(number).padStart(8, '0')}`;

/** The signed note of a snapshot: like a checkpoint, under a name of its own, so that it cannot pass for one. */
export function snapshotNote(snapshot: Pick<Snapshot, 'size' | 'hash'>, signer: Signer): string {
  const text = textOf(signer.key.name, snapshot);
  return noteText(text, [signatureLine(text, signer)]);
}

const textOf = (origin: string, { size, hash }: Pick<Snapshot, 'size' | 'hash'>) =>
  checkpointText({ origin: `${origin}/snapshot`, size, root: Buffer.from(hash, 'hex') });

/**
 * The newest snapshot.
 *
 * @param known the keys that are trusted, whatever the database says
 * @throws snapshot_changed unless it is what one of them has signed, or a key for which one of them vouches
 */
export async function newestSnapshot(reader: Reader, known: readonly VerifierKey[]): Promise<Snapshot | undefined> {
  const [found] = await reader.find(auditSnapshots, {}, { sort: { _id: -1 }, limit: 1, committed: true });
  if (found !== undefined) assertSigned(found, trustedKeys(known, await logHead(reader)).keys);
  return found;
}

function assertSigned(snapshot: Snapshot, trusted: readonly VerifierKey[]): void {
  const names = signersOf(snapshot, trusted);
  if (names?.length === 0)
    throw damaged(snapshot, 'no key that is the own one, in audit-earlier-keys or vouched for signed it');
  if (snapshot._id !== snapshotId(snapshot.size) || !names?.some((name) => isTextOf(name, snapshot))) {
    throw damaged(snapshot, 'it is not what was signed');
  }
}

const isTextOf = (name: string, snapshot: Snapshot) => parseNote(snapshot.note).text === textOf(name, snapshot);

/** The names of the trusted keys that signed the note; undefined if it is no note, or a signature is wrong. */
function signersOf({ note, size }: Snapshot, trusted: readonly VerifierKey[]): string[] | undefined {
  try {
    const signatures = verifiedSignatures(parseNote(note), trusted);
    return signatures.flatMap(({ key: { name, until = size } }) => (size <= until ? [name] : []));
  } catch (error) {
    if (error instanceof NoteError) return undefined;
    throw error;
  }
}

/**
 * The size of the log before which records may have been removed. It is believed only with a signed snapshot, so that nobody can
 * make records that they removed count as pruned.
 */
export async function prunedBelow(reader: Reader, known: readonly VerifierKey[]): Promise<number> {
  const { pruned = 0 } = await logHead(reader);
  if (pruned === 0) return 0;
  const snapshot = await newestSnapshot(reader, known).catch((error) => {
    if (error instanceof StewardError && error.reason === 'snapshot_changed') return undefined;
    throw error;
  });
  return Math.min(pruned, snapshot?.size ?? 0);
}

/** The lines of a snapshot. @throws snapshot_changed if they are not what was signed */
export async function* snapshotLines(reader: Reader, snapshot: Snapshot): AsyncGenerator<string> {
  const hash = createHash('sha256');
  for (let number = 0; number < snapshot.parts; number += 1) {
    const part = await reader.get(snapshotParts, partId(snapshot._id, number));
    if (part === null) throw damaged(snapshot, `part ${number} is missing`);
    hash.update(hashOf('sha256', part.lines));
    for (const line of part.lines.split('\n')) if (line !== '') yield line;
  }
  if (hash.digest('hex') !== snapshot.hash) throw damaged(snapshot, 'its parts are not what was signed');
}

const damaged = ({ _id }: Snapshot, why: string) => refuse('snapshot_changed', _id, why);
