import { hash as sha256Of } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import { defined } from '../base/defined.ts';
import type { Change } from '../store/changes.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { asStored } from './asStored.ts';
import { type AuditRecord, auditCollection, type ChangesPartName, type RecordDraft, WrongHashError } from './record.ts';
import { newSalt } from './salt.ts';

/** Some of the changes of a record that has too many for one document. It is stored in the collection of the batches. */
export interface ChangesPart extends Stored {
  /** Always empty. */
  readonly records: readonly [];
  readonly changes: readonly Change[];
  /** Random bytes, so that nobody can guess the changes from their hash. Parts of earlier versions have none. */
  readonly salt?: string;
  /** SHA-256 of the salt and the changes' JSON. */
  readonly hash: string;
}

export const changesParts = collection<ChangesPart>(auditCollection.name, {
  assertIntact: ({ _id, changes, salt, hash }) => {
    if (hashOf(JSON.stringify(changes), salt) !== hash)
      throw new WrongHashError(`the changes ${_id} have not the hash of what is stored`);
  },
});

/** The size at which a part ends, in characters of JSON: it is hashed and sent in milliseconds. */
const PART_CHARACTERS = 400_000;
/** The size of the changes, in bytes, above which they are stored in parts, if the transaction allows large changes. */
const MAX_INLINE_BYTES = 1_000_000;
/** The same for imports, whose changes are many and never searched: in parts, they are hashed much faster. */
const MAX_INLINE_OF_IMPORT = 50_000;

/**
 * The draft itself or, if it has many changes, a draft without them. They are then stored in parts, which are documents of the
 * same transaction. The draft contains the hashes of the parts, so the hash of the record covers them.
 */
export async function withStoredParts(tx: Transaction, draft: RecordDraft): Promise<RecordDraft> {
  if (tx.changeBytes <= (draft.via === 'import' ? MAX_INLINE_OF_IMPORT : MAX_INLINE_BYTES)) return draft;
  const changeParts: ChangesPartName[] = [];
  for (const { changes, characters, salt, hash } of partsOf(draft.changes)) {
    const part: ChangesPart = { _id: tx.newOrderedId(), revision: 1, records: [], changes, salt, hash };
    changeParts.push({ id: part._id, hash, count: changes.length, characters });
    await tx.recordPart(changesParts, part);
    await immediate();
  }
  return { ...draft, changes: [], changeParts };
}

interface Part {
  readonly changes: readonly Change[];
  readonly characters: number;
  readonly salt: string;
  readonly hash: string;
}

/** Splits the changes into parts, as they will be read. The JSON of a change is used both to measure and to hash it. */
function* partsOf(all: readonly Change[]): Generator<Part> {
  let changes: Change[] = [];
  let texts: string[] = [];
  let characters = 0;
  for (const change of all) {
    const stored = asStored(change);
    const text = JSON.stringify(stored);
    changes.push(stored);
    texts.push(text);
    characters += text.length;
    if (characters < PART_CHARACTERS) continue;
    yield { changes, characters, ...hashed(texts) };
    [changes, texts, characters] = [[], [], 0];
  }
  if (changes.length > 0) yield { changes, characters, ...hashed(texts) };
}

/** A salt, and the hash with it of the list of these texts. */
function hashed(texts: readonly string[]): Pick<Part, 'salt' | 'hash'> {
  const salt = newSalt();
  return { salt, hash: hashOf(`[${texts.join()}]`, salt) };
}

/** The record with all its changes, including those that are stored in parts. */
export async function withAllChanges(reader: Pick<Reader, 'find'>, record: AuditRecord): Promise<AuditRecord> {
  const { changeParts } = record;
  if (changeParts === undefined) return record;
  const found = await reader.find(changesParts, { _id: { $in: changeParts.map(({ id }) => id) } });
  const parts = new Map(found.map(({ _id, changes }) => [_id, changes]));
  return { ...record, changes: changeParts.flatMap(({ id }) => parts.get(id) ?? []) };
}

/** What the hash of a part is made of, and this hash, computed anew; undefined if the part is missing. */
export async function storedPart(
  reader: Pick<Reader, 'find'>,
  id: string,
): Promise<{ readonly text: string; readonly salt?: string; readonly hash: string } | undefined> {
  const [part] = await reader.find(changesParts, { _id: id });
  if (part?.changes === undefined) return undefined;
  const { changes, salt } = part;
  const text = JSON.stringify(changes);
  return defined({ text, salt, hash: hashOf(text, salt) });
}

const hashOf = (text: string, salt = '') => sha256Of('sha256', salt + text);
