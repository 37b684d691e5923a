import { createHash } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import type { Change } from '../store/changes.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { asStored } from './asStored.ts';
import { type AuditRecord, auditCollection, type ChangesPartName, type RecordDraft, WrongHashError } from './record.ts';

/** Some of the changes of a record that has too many for one document. It stands among the batches, and is never changed. */
interface ChangesPart extends Stored {
  /** Never set: that distinguishes it from a batch. */
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

/** A part ends once its changes take so many characters of JSON: few enough to be hashed and sent in milliseconds. */
const PART_CHARACTERS = 400_000;
/** A transaction that may change much has its changes in parts where they take more bytes than this. */
const MAX_INLINE_BYTES = 1_000_000;

/**
 * The draft as it is; or, where its changes are many, without them: they are then stored in parts, each a document of its
 * own in the same transaction. The draft names the parts by their hashes, so the record's own hash covers them too.
 */
export async function withStoredParts(tx: Transaction, draft: RecordDraft): Promise<RecordDraft> {
  if (tx.changeBytes <= MAX_INLINE_BYTES) return draft;
  const changeParts: ChangesPartName[] = [];
  for (const { changes, characters, hash } of partsOf(draft.changes)) {
    const part: ChangesPart = { _id: tx.newOrderedId(), revision: 1, records: [], changes, hash };
    changeParts.push({ id: part._id, hash, count: changes.length, characters });
    await tx.recordPart(changesParts, part);
    // Lets other work run.
    await immediate();
  }
  return { ...draft, changes: [], changeParts };
}

interface Part {
  readonly changes: readonly Change[];
  readonly characters: number;
  readonly hash: string;
}

/** The changes in parts as they will be read again. The JSON of each is made once, both to measure and to hash it. */
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

/** The record with all of its changes, also those that are stored in parts. */
export async function withAllChanges(reader: Pick<Reader, 'find'>, record: AuditRecord): Promise<AuditRecord> {
  const { changeParts } = record;
  if (changeParts === undefined) return record;
  const found = await reader.find(changesParts, { _id: { $in: changeParts.map(({ id }) => id) } });
  const parts = new Map(found.map(({ _id, changes }) => [_id, changes]));
  return { ...record, changes: changeParts.flatMap(({ id }) => parts.get(id) ?? []) };
}

const hashOf = (changes: readonly Change[]) => sha256(JSON.stringify(changes));
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
