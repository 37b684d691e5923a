import { refuse } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { timeOrderedId } from '../store/ids.ts';
import type { Transaction } from '../store/transaction.ts';
import {
  type AuditBatch,
  type AuditRecord,
  auditCollection,
  batchOf,
  type RecordDraft,
  withAnother,
} from './record.ts';

/** One batch document stays far below MongoDB's 16 MB: a record's parameters take at most 32 KB. */
const MAX_BATCH = 200;

/** Does what a record that was stored with a change still asks for, in the same transaction. */
export type Post = (tx: Transaction, record: AuditRecord) => void;

interface Waiting {
  readonly draft: RecordDraft;
  readonly resolve: (record: AuditRecord) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Where records are written. A write's record goes into the write's own transaction. All others (reads, refusals) are
 * stored, with majority, before their answer leaves: what waits while one insert is in flight goes out together with
 * the next, as one document.
 */
export class Journal {
  readonly #database: Database;
  readonly #post: Post;
  readonly #onError: (error: unknown) => void;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;

  constructor(database: Database, onError: (error: unknown) => void, post: Post = () => undefined) {
    this.#database = database;
    this.#post = post;
    this.#onError = onError;
  }

  /**
   * Stores the record in the transaction, so that it is there if and only if the transaction commits, and in it what
   * others are told of the change: nobody is told of one's own act. It must come after the last change.
   *
   * @throws UnrecordedChangesError when the draft leaves changes of the transaction out
   */
  appendIn(tx: Transaction, draft: RecordDraft): AuditRecord {
    const notices = tx.notices.filter(({ to }) => to !== draft.actor.id && to !== draft.onBehalfOf?.id);
    const told = notices.length === 0 ? draft : { ...draft, notices };
    const batch = tx.record(auditCollection, told.changes, (present = batchOf(timeOrderedId(), [])) =>
      withAnother(present, told),
    );
    const record = lastOf(batch);
    this.#post(tx, record);
    return record;
  }

  /** Stores the record. @throws audit_unavailable when it could not be stored: then nothing may be answered. */
  append(draft: RecordDraft): Promise<AuditRecord> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Resolves once everything appended so far is stored or refused. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_BATCH);
      const batch = batchOf(
        timeOrderedId(),
        group.map((w) => w.draft),
      );
      try {
        await this.#database.appendOne(auditCollection, batch);
        for (const [i, record] of batch.records.entries()) group[i]?.resolve(record);
      } catch (error) {
        this.#onError(error);
        for (const w of group) w.reject(refuse('audit_unavailable'));
      }
    }
    this.#flushing = undefined;
  }
}

function lastOf({ records }: AuditBatch): AuditRecord {
  const record = records.at(-1);
  if (record === undefined) throw new TypeError('an audit batch has no record');
  return record;
}
