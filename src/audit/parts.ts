import { createHash } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import type { Change } from '../store/changes.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { asStored } from './asStored.ts';
import { type AuditRecord, type ChangeParts, type RecordDraft, WrongHashError } from './record.ts';

/** Some of the changes of a record that has too many for one document. It is never changed. */
export interface ChangesPart extends Stored {
  readonly changes: readonly Change[];
  /** SHA-256 of the changes' JSON. */
  readonly hash: string;
}

export const changesParts = collection<ChangesPart>('auditChanges', {
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
  const of = tx.newOrderedId();
  const hashes: string[] = [];
  let characters = 0;
  for (const { changes, length } of partsOf(draft.changes)) {
    const part: ChangesPart = { _id: partId(of, hashes.length), revision: 1, changes, hash: hashOf(changes) };
    hashes.push(part.hash);
    characters += length;
    await tx.recordPart(changesParts, part);
    // Others get their turn.
    await immediate();
  }
  return { ...draft, changes: [], changeParts: { of, count: draft.changes.length, characters, hashes } };
}

function* partsOf(all: readonly Change[]): Generator<{ readonly changes: Change[]; readonly length: number }> {
  let changes: Change[] = [];
  let length = 0;
  for (const change of all) {
    changes.push(asStored(change));
    length += JSON.stringify(change).length;
    if (length < PART_CHARACTERS) continue;
    yield { changes, length };
    [changes, length] = [[], 0];
  }
  if (changes.length > 0) yield { changes, length };
}

/** The record with all of its changes, also those that are stored in parts. */
export async function withAllChanges(reader: Pick<Reader, 'find'>, record: AuditRecord): Promise<AuditRecord> {
  const { changeParts } = record;
  if (changeParts === undefined) return record;
  const parts = new Map<string, readonly Change[]>();
  for (const { _id, changes } of await reader.find(changesParts, { _id: { $in: partIds(changeParts) } })) {
    parts.set(_id, changes);
  }
  return { ...record, changes: partIds(changeParts).flatMap((id) => parts.get(id) ?? []) };
}

const partIds = ({ of, hashes }: ChangeParts) => hashes.map((_, i) => partId(of, i));
const partId = (of: string, number: number) => `${of}-${number}`;
const hashOf = (changes: readonly Change[]) => createHash('sha256').update(JSON.stringify(changes)).digest('hex');
