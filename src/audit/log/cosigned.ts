import { collection, type Reader, type Stored } from '../../store/collection.ts';
import { parseNote } from './signedNote.ts';

/** The newest checkpoint that a witness has cosigned; its id is the URL of the witness. */
export interface Cosigned extends Stored {
  /** The signed note, with the signatures of the log and of the witness. */
  readonly note: string;
  readonly size: number;
  readonly at: Date;
}

export const auditWitnesses = collection<Cosigned>('auditWitnesses');

/** What witnesses have cosigned: for each the newest. */
export const cosigned = (reader: Reader): Promise<readonly Cosigned[]> => reader.find(auditWitnesses, {});

/** The signature lines in notes with this text. */
export const signaturesOf = (text: string, notes: readonly Cosigned[]): string[] =>
  notes.flatMap(({ note }) => {
    const parsed = parseNote(note);
    return parsed.text === text ? parsed.signatures.map(({ line }) => line) : [];
  });
