import type { LogHead } from './segments.ts';
import {
  NoteError,
  noteText,
  parseNote,
  parseVerifierKey,
  type Signer,
  signatureLine,
  type VerifierKey,
  verifiedSignatures,
  verifierKeyText,
} from './signedNote.ts';

/** That the log is signed with another key from a size on. Both keys have signed it, so that each vouches for the other. */
export interface KeyRotation {
  readonly from: VerifierKey;
  readonly to: VerifierKey;
  /** The size of the log at which the new key took over. */
  readonly size: number;
}

const SIZE = /^(?:0|[1-9][0-9]{0,15})$/;

/** The signed note of a rotation, under a name of its own, so that it cannot pass for a checkpoint. */
export function rotationNote(from: Signer, to: Signer, size: number): string {
  const text = textOf({ from: from.key, to: to.key, size });
  return noteText(text, [signatureLine(text, from), signatureLine(text, to)]);
}

const textOf = ({ from, to, size }: KeyRotation) =>
  `${to.name}/key\n${size}\n${verifierKeyText(from)}\n${verifierKeyText(to)}\n`;

/** What the note says, if both keys have signed it; else undefined. */
export function verifiedRotation(note: string): KeyRotation | undefined {
  try {
    const parsed = parseNote(note);
    const [, size = '', from = '', to = ''] = parsed.text.split('\n');
    const rotation = { from: parseVerifierKey(from), to: parseVerifierKey(to), size: Number(size) };
    const signers = verifiedSignatures(parsed, [rotation.from, rotation.to]).map(({ key }) => key);
    const isSigned = [rotation.from, rotation.to].every((key) => signers.includes(key));
    return SIZE.test(size) && isSigned && parsed.text === textOf(rotation) ? rotation : undefined;
  } catch (error) {
    if (error instanceof NoteError) return undefined;
    throw error;
  }
}

/** The known keys, and those for which one of them vouches, directly or through others. */
export function vouchedKeys(known: readonly VerifierKey[], rotations: readonly KeyRotation[]): VerifierKey[] {
  const found = new Map(known.map((key) => [verifierKeyText(key), key]));
  for (let before = -1; found.size > before; ) {
    before = found.size;
    for (const { from, to } of rotations) {
      const [old, next] = [verifierKeyText(from), verifierKeyText(to)];
      if (found.has(old)) found.set(next, to);
      else if (found.has(next)) found.set(old, from);
    }
  }
  return [...found.values()];
}

/** The keys that are known, and those for which the log has proof that one of these vouches. */
export function trustedKeys(known: readonly VerifierKey[], { keys }: Pick<LogHead, 'keys'>): VerifierKey[] {
  return vouchedKeys(
    known,
    keys.flatMap(({ rotation }) => (rotation === undefined ? [] : (verifiedRotation(rotation) ?? []))),
  );
}
