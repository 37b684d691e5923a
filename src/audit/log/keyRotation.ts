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

/** The keys of a log that are trusted. */
export interface Vouched<R extends KeyRotation = KeyRotation> {
  /** Those that were given, and those to which rotations lead from them. */
  readonly keys: VerifierKey[];
  /** These rotations, in the order in which they happened. */
  readonly rotations: R[];
  /** Keys with rotations that do not follow from each other: somebody else than the log has used their private keys. */
  readonly disputed: VerifierKey[];
}

/**
 * Follows rotations from the given keys, to later and to earlier ones. A key that was replaced counts only until then. One that
 * was reached from a later key vouches for no other: it may have been stolen since.
 */
export function vouchedKeys<R extends KeyRotation>(given: readonly VerifierKey[], rotations: readonly R[]): Vouched<R> {
  const texts = new Set(given.map(verifierKeyText));
  const chains = chainsOf(rotations);
  const trusted = chains.filter((chain) => keysIn(chain).some((key) => texts.has(verifierKeyText(key))));
  const keys = new Map([...trusted.flatMap(keysIn), ...given].map((key) => [verifierKeyText(key), key]));
  const of = (key: VerifierKey) => chains.filter((chain) => keysIn(chain).some((each) => isSame(each, key)));
  return {
    keys: [...keys.values()].map((key) => counting(key, trusted)),
    rotations: trusted.flat(),
    disputed: [...keys.values()].filter((key) => of(key).length > 1),
  };
}

/** What is wrong with a disputed key, as a sentence. */
export const disputeOf = (key: VerifierKey): string =>
  `The key ${verifierKeyText(key)} has signed statements that do not follow from each other: somebody else may have its private key.`;

/** The key with the size until which it counts, if it was replaced. */
function counting(key: VerifierKey, chains: readonly KeyRotation[][]): VerifierKey {
  const ends = chains.flatMap((chain) => {
    const last = chain.findLast(({ from }) => isSame(from, key));
    return last === undefined || isSame(lastOf(chain), key) ? [] : [last.size];
  });
  return ends.length === 0 ? key : { ...key, until: Math.min(...ends) };
}

const isSame = (one: VerifierKey, other: VerifierKey) => verifierKeyText(one) === verifierKeyText(other);

/** Lists of rotations, each of which begins with the key with which the one before ends. */
function chainsOf<R extends KeyRotation>(rotations: readonly R[]): R[][] {
  const chains: R[][] = [];
  const known = new Set<string>();
  for (const rotation of rotations.toSorted((one, other) => one.size - other.size)) {
    const text = textOf(rotation);
    if (known.has(text)) continue;
    known.add(text);
    const chain = chains.find((each) => isSame(lastOf(each), rotation.from));
    if (chain === undefined) chains.push([rotation]);
    else chain.push(rotation);
  }
  return chains;
}

const keysIn = (chain: readonly KeyRotation[]): VerifierKey[] => [
  ...chain.map(({ from }) => from),
  ...chain.slice(-1).map(({ to }) => to),
];

function lastOf(chain: readonly KeyRotation[]): VerifierKey {
  const last = chain.at(-1);
  if (last === undefined) throw new TypeError('a chain has at least one rotation');
  return last.to;
}

/** What the log says about its keys, followed from those that are known. */
export function trustedKeys(known: readonly VerifierKey[], { keys }: Pick<LogHead, 'keys'>): Vouched {
  return vouchedKeys(
    known,
    keys.flatMap(({ rotation }) => (rotation === undefined ? [] : (verifiedRotation(rotation) ?? []))),
  );
}
