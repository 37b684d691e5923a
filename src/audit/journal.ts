import { refuse } from '../base/errors.ts';
import { Coalescer, type Waiting } from '../store/coalescer.ts';
import type { Database } from '../store/database.ts';
import { isUnfit } from '../store/size.ts';
import type { Transaction } from '../store/transaction.ts';
import { batchLength, batchWith, recordSize, recordSizeWith } from './batches.ts';
import { withStoredParts } from './parts.ts';
import { type AuditBatch, type AuditRecord, auditCollection, batchOf, type RecordDraft } from './record.ts';
import { shortened } from './shortened.ts';

/** Does what else a stored record requires, such as queueing its notices, in the same transaction. */
export type Post = (tx: Transaction, record: AuditRecord) => void;

interface Sized {
  readonly draft: RecordDraft;
  /** Its size in a batch, in bytes. */
  readonly bytes: number;
}

type Group = readonly Waiting<Sized, AuditRecord>[];

/**
 * Where records are written. A write's record goes into the write's own transaction. All others (reads, refusals) are
 * stored, with majority, before their answer leaves: what waits while one insert is in flight goes out together with
 * the next, as one document, as far as one of a moderate size can hold it.
 */
export class Journal {
  readonly #database: Database;
  readonly #post: Post;
  readonly #onError: (error: unknown) => void;
  readonly #appends = new Coalescer<Sized, AuditRecord>({
    take: batchLength,
    write: (group) => this.#store(group),
  });

  constructor(database: Database, onError: (error: unknown) => void, post: Post = () => undefined) {
    this.#database = database;
    this.#post = post;
    this.#onError = onError;
  }

  /**
   * Stores the record in the transaction: it exists if and only if the transaction commits. The record holds the notices
   * to others; nobody is notified of their own act. Call it after the last change.
   *
   * @throws UnrecordedChangesError when the draft leaves changes of the transaction out; change_too_big when the record is
   *   larger than a document can be
   */
  async appendIn(tx: Transaction, draft: RecordDraft): Promise<AuditRecord> {
    const notices = tx.notices.filter(({ to }) => to !== draft.actor.id && to !== draft.onBehalfOf?.id);
    const told = notices.length === 0 ? draft : { ...draft, notices };
    const kept = tx.mayBeLarge ? await withStoredParts(tx, told) : told;
    const bytes = recordSizeWith(kept, kept.changeParts === undefined ? tx.changeBytes : 0);
    const batch = tx.record(auditCollection, told.changes, (present) =>
      batchWith(present, { draft: kept, bytes, newId: () => tx.newOrderedId() }),
    );
    const record = lastOf(batch);
    this.#post(tx, record);
    return record;
  }

  /** Stores the record. @throws audit_unavailable when it could not be stored: then nothing may be answered. */
  append(draft: RecordDraft): Promise<AuditRecord> {
    return this.#appends.join({ draft, bytes: recordSize(draft) });
  }

  /** Resolves once everything appended so far is stored or refused. */
  settled(): Promise<void> {
    return this.#appends.settled();
  }

  async #store(group: Group): Promise<undefined> {
    try {
      await this.#insert(group);
    } catch (error) {
      // What cannot stand in a record at all is a TypeError.
      if (!isUnfit(error) && !(error instanceof TypeError)) this.#fail(group, error);
      else if (group.length > 1) await this.#storeHalves(group);
      else await this.#storeShortened(group, error);
    }
  }

  async #insert(group: Group): Promise<void> {
    const batch = batchOf(
      await this.#database.clock.newId(),
      group.map(({ item }) => item.draft),
    );
    await this.#database.appendOne(auditCollection, batch);
    for (const [i, record] of batch.records.entries()) group[i]?.resolve(record);
  }

  /** Stores records one by one, so that one which the database refuses does not fail the others. */
  async #storeHalves(group: Group): Promise<void> {
    const half = Math.ceil(group.length / 2);
    await this.#store(group.slice(0, half));
    await this.#store(group.slice(half));
  }

  /** Stores a record that cannot be stored as it is, with digests instead of its long parts. */
  async #storeShortened(group: Group, error: unknown): Promise<void> {
    try {
      const digestOf = (value: unknown) => this.#database.keyedDigest(value);
      const shorter = group.map((w) => ({ ...w, item: { ...w.item, draft: shortened(w.item.draft, digestOf) } }));
      if (shorter.every(({ item }, i) => item.draft === group[i]?.item.draft)) throw error;
      await this.#insert(shorter);
    } catch (thrown) {
      this.#fail(group, thrown);
    }
  }

  #fail(group: Group, error: unknown): void {
    this.#onError(error);
    for (const w of group) w.reject(refuse('audit_unavailable'));
  }
}

function lastOf({ records }: AuditBatch): AuditRecord {
  const record = records.at(-1);
  if (record === undefined) throw new TypeError('an audit batch has no record');
  return record;
}
