import { bsonSize, changeTooBig, MAX_DOCUMENT_BYTES } from '../store/size.ts';
import { type AuditBatch, batchOf, type RecordDraft, withAnother } from './record.ts';

/** Bytes of BSON that a batch of several records may have: few enough to be inserted and read at once. */
export const MAX_BATCH_BYTES = 4_000_000;
const MAX_BATCH_RECORDS = 200;

/** What a record has beside its draft: an id, a hash and its place in the list. */
const SEAL_BYTES = 150;
/** What a batch has beside its records. */
const BATCH_BYTES = 200;

/** The largest record that a batch of its own can hold. */
const MAX_RECORD_BYTES = MAX_DOCUMENT_BYTES - BATCH_BYTES;

/** How many bytes the record of this draft takes in a batch, at most. */
export const recordSize = (draft: RecordDraft): number => bsonSize(draft) + SEAL_BYTES;

/** The type and the key, a number, that stand before each change in the list of them. */
const CHANGE_KEY_BYTES = 9;

/** As {@link recordSize}, of a draft whose changes take so many bytes, each by itself. */
export function recordSizeWith(draft: RecordDraft, changeBytes: number): number {
  return recordSize({ ...draft, changes: [] }) + changeBytes + CHANGE_KEY_BYTES * draft.changes.length;
}

/** How many records at the beginning of a list go into one batch: at least one, however large it is. */
export function batchLength(records: readonly { readonly item: { readonly bytes: number } }[]): number {
  let bytes = BATCH_BYTES;
  const most = Math.min(records.length, MAX_BATCH_RECORDS);
  for (let count = 0; count < most; count += 1) {
    bytes += records[count]?.item.bytes ?? 0;
    if (bytes > MAX_BATCH_BYTES && count > 0) return count;
  }
  return most;
}

/** A record that is to be added to a batch. */
export interface Addition {
  readonly draft: RecordDraft;
  /** Its size in a batch, in bytes. */
  readonly bytes: number;
  /** Makes the id of another batch. */
  readonly newId: () => string;
}

const sizes = new WeakMap<AuditBatch, number>();

/**
 * The batch with one more record, or where it would become too large, another batch with this record alone.
 *
 * @throws change_too_big when the record cannot be stored at all
 */
export function batchWith(batch: AuditBatch | undefined, { draft, bytes, newId }: Addition): AuditBatch {
  if (bytes > MAX_RECORD_BYTES) throw changeTooBig('The call', bytes, MAX_RECORD_BYTES);
  const taken = batch === undefined ? 0 : (sizes.get(batch) ?? bsonSize(batch));
  const fits = batch !== undefined && taken + bytes <= MAX_BATCH_BYTES;
  const grown = withAnother(fits ? batch : batchOf(newId(), []), draft);
  sizes.set(grown, (fits ? taken : BATCH_BYTES) + bytes);
  return grown;
}
