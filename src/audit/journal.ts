import { refuse } from '../base/errors.ts';
import type { Change } from '../store/changes.ts';
import { Coalescer, type Waiting } from '../store/coalescer.ts';
import type { Reader } from '../store/collection.ts';
import type { Database } from '../store/database.ts';
import { isUnstorable } from '../store/size.ts';
import type { Transaction } from '../store/transaction.ts';
import { batchLength, batchWith, recordSize, recordSizeWith } from './batches.ts';
import { withStoredParts } from './parts.ts';
import {
  type AuditBatch,
  type AuditRecord,
  auditCollection,
  batchOf,
  type Concern,
  type RecordDraft,
} from './record.ts';
import { shortened } from './shortened.ts';

/** Called for each record of a transaction, to do further work such as queueing its notices. */
export type Post = (tx: Transaction, record: AuditRecord) => void;

/** Whom an act of an administrator concerns. `reader` sees the changes of the act. */
export type ConcernsOf = (
  reader: Reader,
  act: Pick<RecordDraft, 'subject' | 'onBehalfOf' | 'changes' | 'notices'>,
  named: Transaction['named'],
) => Promise<readonly Concern[]>;

interface JournalOptions {
  readonly concernsOf?: ConcernsOf;
  readonly post?: Post;
}

interface Sized {
  readonly draft: RecordDraft;
  /** Its size in a batch, in bytes. */
  readonly bytes: number;
}

type Group = readonly Waiting<Sized, AuditRecord>[];

/**
 * Writes audit records. The record of a write is part of its transaction. Other records, of reads and refusals, are stored
 * with majority before the answer is sent. Records that wait while an insert is in flight share the next document.
 */
export class Journal {
  readonly #database: Database;
  readonly #post: Post;
  readonly #onError: (error: unknown) => void;
  readonly #concernsOf: ConcernsOf;
  readonly #appends = new Coalescer<Sized, AuditRecord>({
    take: batchLength,
    gather: true,
    write: (group) => this.#store(group),
  });

  /** How many records were handed to the database, those of transactions that were aborted included. */
  written = 0;

  /** @param onError called with errors that prevented a record */
  constructor(
    database: Database,
    onError: (error: unknown) => void,
    { concernsOf = async () => [], post = () => undefined }: JournalOptions = {},
  ) {
    this.#database = database;
    this.#post = post;
    this.#onError = onError;
    this.#concernsOf = concernsOf;
  }

  /**
   * Stores the record in the transaction. Call it after the last change. The record holds the notices to others; nobody is
   * notified of their own act.
   *
   * @throws UnrecordedChangesError if the draft leaves out changes of the transaction; change_too_big if the record is too
   *   large for a document
   */
  async appendIn(tx: Transaction, draft: RecordDraft): Promise<AuditRecord> {
    const notices = tx.notices.filter(({ to }) => to !== draft.actor.id && to !== draft.onBehalfOf?.id);
    const withNotices = notices.length === 0 ? draft : { ...draft, notices };
    const whole = await this.withConcerns(withNotices, { reader: tx.untracked, named: tx.named });
    const stored = tx.mayBeLarge ? await withStoredParts(tx, whole) : whole;
    const bytes = recordSizeWith(stored, stored.changeParts === undefined ? tx.changeBytes : 0);
    const batch = tx.record(auditCollection, draft.changes, (present) =>
      batchWith(present, { draft: stored, bytes, newId: () => tx.newOrderedId() }),
    );
    const record = lastOf(batch);
    this.written += 1;
    this.#post(tx, record);
    return record;
  }

  /**
   * The draft with those whom it concerns, if it is of an act of an administrator; {@link appendIn} adds them by itself.
   *
   * @param changes those that a dry run has shown, which its record does not list
   */
  async withConcerns(
    draft: RecordDraft,
    {
      reader,
      named,
      changes = draft.changes,
    }: { reader: Reader; named: Transaction['named']; changes?: readonly Change[] },
  ): Promise<RecordDraft> {
    if (draft.via === 'signIn' || draft.via === 'import' || (draft.via === 'method' && draft.authority === 'user'))
      return draft;
    const concerns = await this.#concernsOf(reader, { ...draft, changes }, named);
    return concerns.length === 0 ? draft : { ...draft, concerns };
  }

  /** Stores a record outside of transactions. @throws audit_unavailable if that fails; then nothing may be answered */
  append(draft: RecordDraft): Promise<AuditRecord> {
    return this.#appends.join({ draft, bytes: recordSize(draft) });
  }

  /** Resolves once all records appended so far are stored or refused. */
  settled(): Promise<void> {
    return this.#appends.settled();
  }

  async #store(group: Group): Promise<undefined> {
    try {
      await this.#insert(group);
    } catch (error) {
      // A TypeError means that a value cannot be stored in a record at all.
      if (!isUnstorable(error) && !(error instanceof TypeError)) this.#fail(group, error);
      else if (group.length > 1) await this.#storeHalves(group);
      else await this.#storeShortened(group, error);
    }
  }

  async #insert(group: Group): Promise<void> {
    const batch = batchOf(
      await this.#database.clock.newId(),
      group.map(({ item }) => item.draft),
    );
    this.written += batch.records.length;
    await this.#database.appendOne(auditCollection, batch);
    for (const [i, record] of batch.records.entries()) group[i]?.resolve(record);
  }

  /** Stores the halves of the group separately, so that a record that the database refuses does not fail the others. */
  async #storeHalves(group: Group): Promise<void> {
    const half = Math.ceil(group.length / 2);
    await this.#store(group.slice(0, half));
    await this.#store(group.slice(half));
  }

  /** Stores a record that the database refused, with digests instead of its long parts. */
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
