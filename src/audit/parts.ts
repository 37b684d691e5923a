import { createHash } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import type { Change } from '../store/changes.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { asStored } from './asStored.ts';
import { type AuditRecord, auditCollection, type ChangesPartName, type RecordDraft, WrongHashError } from './record.ts';

/** Some of the changes of a record that has too many for one document. It is stored in the collection of the batches. */
interface ChangesPart extends Stored {
  /** Always empty. */
  readonly records: readonly [];
  readonly changes: readonly Change[];
  /** SHA-256 of the changes' JSON. */
  readonly hash: string;
}

const changesParts = collection<ChangesPart>(auditCollection.name, {
  assertIntact: ({ _id, changes, hash }) => {
    if (hashOf(changes) !== hash) throw new WrongHashError(`the changes ${_id} have not the hash of what is stored`);
  },
});

/** The size at which a part ends, in characters of JSON: it is hashed and sent in milliseconds. */
const PART_CHARACTERS = 400_000;
/** The size of the changes, in bytes, above which they are stored in parts, if the transaction allows large changes. */
const MAX_INLINE_BYTES = 1_000_000;

/**
 * The draft itself or, if it has many changes, a draft without them. They are then stored in parts, which are documents of the
 * same transaction. The draft contains the hashes of the parts, so the hash of the record covers them.
 */
export async function withStoredParts(tx: Transaction, draft: RecordDraft): Promise<RecordDraft> {
  if (tx.changeBytes <= MAX_INLINE_BYTES) return draft;
  const changeParts: ChangesPartName[] = [];
  for (const { changes, characters, hash } of partsOf(draft.changes)) {
    const part: ChangesPart = { _id: tx.newOrderedId(), revision: 1, records: [], changes, hash };
    changeParts.push({ id: part._id, hash, count: changes.length, characters });
    await tx.recordPart(changesParts, part);
    await immediate();
  }
  return { ...draft, changes: [], changeParts };
}

interface Part {
  readonly changes: readonly Change[];
  readonly characters: number;
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
    yield { changes, characters, hash: sha256(`[${texts.join()}]`) };
    [changes, texts, characters] = [[], [], 0];
  }
  if (changes.length > 0) yield { changes, characters, hash: sha256(`[${texts.join()}]`) };
}

/** The record with all its changes, including those that are stored in parts. */
export async function withAllChanges(reader: Pick<Reader, 'find'>, record: AuditRecord): Promise<AuditRecord> {
  const { changeParts } = record;
  if (changeParts === undefined) return record;
  const found = await reader.find(changesParts, { _id: { $in: changeParts.map(({ id }) => id) } });
  const parts = new Map(found.map(({ _id, changes }) => [_id, changes]));
  return { ...record, changes: changeParts.flatMap(({ id }) => parts.get(id) ?? []) };
}

/** The text of a part that its hash is made of, and this hash, computed anew; undefined if the part is missing. */
export async function storedPart(
  reader: Pick<Reader, 'find'>,
  id: string,
): Promise<{ readonly text: string; readonly hash: string } | undefined> {
  const [part] = await reader.find(changesParts, { _id: id });
  if (part?.changes === undefined) return undefined;
  const text = JSON.stringify(part.changes);
  return { text, hash: sha256(text) };
}

const hashOf = (changes: readonly Change[]) => sha256(JSON.stringify(changes));
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
