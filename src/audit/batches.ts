import { bsonSize, changeTooBig, MAX_DOCUMENT_BYTES } from '../store/size.ts';
import { type AuditBatch, batchOf, type RecordDraft, withAnother } from './record.ts';

/** The maximum size of a batch of several records in bytes of BSON, which keeps inserts and reads fast. */
export const MAX_BATCH_BYTES = 4_000_000;
const MAX_BATCH_RECORDS = 200;

/** The bytes that a record adds to its draft: id, format, salt, hash and list index. */
const SEAL_BYTES = 200;
/** The bytes of a batch besides its records. */
const BATCH_BYTES = 200;

/** The largest record that a batch of its own can hold. */
const MAX_RECORD_BYTES = MAX_DOCUMENT_BYTES - BATCH_BYTES;

/** The maximum size in a batch of the record of this draft, in bytes. */
export const recordSize = (draft: RecordDraft): number => bsonSize(draft) + SEAL_BYTES;

/** The BSON type byte and index before each change in the list. */
const CHANGE_KEY_BYTES = 9;

/** As {@link recordSize}, if the total size of the changes is already known. */
export function recordSizeWith(draft: RecordDraft, changeBytes: number): number {
  return recordSize({ ...draft, changes: [] }) + changeBytes + CHANGE_KEY_BYTES * draft.changes.length;
}

/** How many records from the beginning of a list form one batch; at least one, however large. */
export function batchLength(records: readonly { readonly item: { readonly bytes: number } }[]): number {
  let bytes = BATCH_BYTES;
  const most = Math.min(records.length, MAX_BATCH_RECORDS);
  for (let count = 0; count < most; count += 1) {
    bytes += records[count]?.item.bytes ?? 0;
    if (bytes > MAX_BATCH_BYTES && count > 0) return count;
  }
  return most;
}

/** A record to add to a batch. */
export interface Addition {
  readonly draft: RecordDraft;
  /** Its size in a batch, in bytes. */
  readonly bytes: number;
  /** Makes an id for another batch. */
  readonly newId: () => string;
}

const sizes = new WeakMap<AuditBatch, number>();

/**
 * The batch with one more record or, if it would become too large, another batch with only this record.
 *
 * @throws change_too_big if the record is too large to be stored
 */
export function batchWith(batch: AuditBatch | undefined, { draft, bytes, newId }: Addition): AuditBatch {
  if (bytes > MAX_RECORD_BYTES) throw changeTooBig('The call', bytes, MAX_RECORD_BYTES);
  const taken = batch === undefined ? 0 : (sizes.get(batch) ?? bsonSize(batch));
  const fits = batch !== undefined && taken + bytes <= MAX_BATCH_BYTES;
  const grown = withAnother(fits ? batch : batchOf(newId(), []), draft);
  sizes.set(grown, (fits ? taken : BATCH_BYTES) + bytes);
  return grown;
}
