import { refuse } from '../../base/errors.ts';
import { type Checkpoint, parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { KEY_TYPES, NoteError, parseNote, parseVerifierKey, type VerifierKey } from './signedNote.ts';
import { type Cosigned, checkedNote } from './verification.ts';

/** A checkpoint that somebody kept, with the signatures by these keys. @throws checkpoint_unfit */
export function keptCheckpoint(note: string, keys: readonly VerifierKey[], origin: string): SignedCheckpoint {
  const checked = checkedNote(note, keys);
  if (!('kind' in checked)) return checked;
  const foreign = checked.kind === 'signature_invalid' ? originIn(note) : origin;
  const why = foreign === origin ? checked.message : `It is of the log ${foreign}, and this one is ${origin}.`;
  throw refuse('checkpoint_unfit', why);
}

/** The key of a witness in this line. @throws invalid_params */
export function witnessKeyIn(line: string): VerifierKey {
  try {
    const key = parseVerifierKey(line);
    if (key.type === KEY_TYPES.cosignature) return key;
    throw refuse('invalid_params', `witnessKeys: the key of ${key.name} is that of a log, not of a witness`);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw refuse('invalid_params', `witnessKeys: ${error.message}`);
  }
}

/** How far each witness has cosigned, by these checkpoints. */
export function cosignedBy(witnesses: readonly VerifierKey[], checkpoints: readonly SignedCheckpoint[]): Cosigned[] {
  const bySize = checkpoints.toSorted((one, other) => other.size - one.size);
  const known = new Map(witnesses.map((witness) => [`${witness.name} ${witness.id}`, witness]));
  return [...known.values()].flatMap(({ name, id }) => {
    for (const { size, cosignatures } of bySize) {
      const found = cosignatures.find(({ key }) => key.name === name && key.id === id);
      if (found === undefined) continue;
      return [{ witness: name, key: id, size, at: new Date((found.seconds ?? 0) * 1000).toISOString() }];
    }
    return [];
  });
}

const originIn = (note: string): Checkpoint['origin'] => parseCheckpoint(parseNote(note).text).origin;
