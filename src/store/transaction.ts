import { groupBy } from '../base/groupBy.ts';
import type { AppendedDocuments } from './appendedDocuments.ts';
import { Assignments, type DrawnNumbers, type Draws, type NewNumbers } from './assignments.ts';
import { assertBookkeeping, isBookkeeping } from './bookkeeping.ts';
import { type BeforeAfter, type Bulk, bulkOf } from './bulk.ts';
import { ChangeList, UnrecordedChangesError } from './changeList.ts';
import { type Assigned, type Change, difference } from './changes.ts';
import { type AnyCollection, assertIntact, type Collection, type Part, type Stored } from './collection.ts';
import { type Counter, counterOf } from './counters.ts';
import type { MongoTransaction } from './mongoTransaction.ts';
import type { Notice } from './notice.ts';
import type { Sealer } from './sealing.ts';
import { bsonSize, changeTooBig, type ItemLimits, MAX_DOCUMENT_BYTES } from './size.ts';
import { inSlices } from './slices.ts';
import { TransactionReads } from './transactionReads.ts';
import { updateSteps } from './updateSteps.ts';
import { claims, insertionOf, merged, send } from './writes.ts';

/**
 * The only way to write. It keeps one list of changes, with each document before and after: dry runs return this list, the
 * audit stores it, reverts invert it and replays check it. Nothing is visible to others before the commit, and changes
 * without an audit record are never committed.
 */
export class Transaction extends TransactionReads {
  /** The instant of all changes of this transaction. A dry run shows it as `<instant>`. */
  readonly now: Date;
  readonly dryRun: boolean;
  /** The unique index that the previous attempt violated, so that the caller can look up who has the key. */
  readonly collided: string | undefined;
  /** 1, and more where earlier attempts to carry out this transaction conflicted with others. */
  readonly attempt: number;
  readonly #list: ChangeList;
  readonly #remarks: string[] = [];
  readonly #notices: Notice[] = [];
  #laterWork: LaterWork | undefined;
  readonly #assigned: Assignments;
  readonly #units: Transaction[] = [];
  /** The documents that were written, by `collection/id`. */
  readonly #written: Set<string>;
  #hasRecord = false;
  #hasAttached = false;

  /** @param beside another unit of work of the same MongoDB transaction */
  constructor(mongo: MongoTransaction, attempt: Attempt, beside?: Transaction) {
    super(mongo, beside);
    this.now = attempt.now;
    this.dryRun = attempt.dryRun;
    this.collided = attempt.collided;
    this.attempt = attempt.number ?? 1;
    this.#list = new ChangeList(mongo.database.digester);
    this.#assigned = new Assignments({ batchSize: 1, ...attempt, counters: mongo.database.counters });
    this.#written = beside === undefined || mongo.queue !== undefined ? new Set() : beside.#written;
  }

  /**
   * Another unit of work, with its own changes, that commits or aborts together with this one. Units run either in turn,
   * each seeing the changes of earlier ones, or side by side, without seeing each other's changes.
   */
  beside(unit: Pick<Attempt, 'now' | 'drawn' | 'batchSize'>): Transaction {
    const made = new Transaction(this.mongo, { dryRun: this.dryRun, ...unit }, this);
    this.#units.push(made);
    return made;
  }

  /** Withdraws a failed unit of work. @returns false if some of it was already sent, which cannot be undone */
  withdraw(unit: Transaction): boolean {
    if (unit.touched && (this.mongo.queue === undefined || unit.writes.isSent)) return false;
    this.#units.splice(this.#units.indexOf(unit), 1);
    return true;
  }

  /** An id that sorts by the cluster time at which it was made. */
  newOrderedId(): string {
    return this.mongo.database.clock.newIdIn(this.mongo.session);
  }

  /** True once anything was written. */
  get touched(): boolean {
    return this.writes.touched;
  }

  /** The bytes of BSON that all units of work of this MongoDB transaction have changed so far. */
  get written(): number {
    return this.mongo.written;
  }

  /** The total size of {@link changes} in bytes of BSON. */
  get changeBytes(): number {
    return this.#list.bytes;
  }

  /** Whether it may change more than usual; its record may then be stored in several documents. */
  get mayBeLarge(): boolean {
    return this.#list.mayBeLarge;
  }

  get limits(): ItemLimits {
    return this.mongo.database.limits;
  }

  /** Raises the number of bytes that this unit of work may change. */
  allowChange(bytes: number): void {
    this.#list.allow(bytes);
  }

  /** All changes so far, in order, without secrets. */
  get changes(): readonly Change[] {
    return this.#list.all;
  }

  /** The changes that are not yet in a record. */
  get unrecorded(): readonly Change[] {
    return this.#list.unrecorded;
  }

  /** The numbers that earlier attempts drew and this one has not used. */
  get unused(): DrawnNumbers {
    return this.#assigned.unused;
  }

  get assignments(): Assigned {
    return { instant: this.now, ...this.#assigned.all, hidden: this.#list.hmacs };
  }

  /** The HMACs that stand for sensitive values in the changes so far. */
  get hmacs(): ReadonlySet<string> {
    return this.#list.hmacs;
  }

  /** A new random id: a UUID after a prefix for its kind. A dry run shows it as `<id>`. */
  newId(prefix = ''): string {
    return this.#assigned.newId(prefix);
  }

  /**
   * The next number of a counter and the id made from it. Draw it after all checks, so that a refusal wastes no number. A
   * dry run draws none. Plans show both as `<id>`, and the number in every field named `field`.
   */
  async newNumber(counter: string, prefix: string, field: string): Promise<{ number: number; id: string }> {
    const [number = 0] = await this.newNumbers(counterOf(counter), { count: 1, field });
    return { number, id: this.assigned(`${prefix}${number}`) };
  }

  /**
   * As {@link newNumber} for several numbers. `raise` names fields of the counter's document to raise to these values.
   */
  newNumbers(counter: Counter, wanted: NewNumbers): Promise<number[]> {
    return this.#assigned.newNumbers(counter, wanted);
  }

  /** Marks an id as assigned by the server: plans show it as `<id>`. */
  assigned(id: string): string {
    return this.#assigned.assign(id);
  }

  /** A number in fields of this name that is derived from an id: plans show it as `<id>` if the id was assigned. */
  derivedNumber(field: string, id: string, number: number): number {
    if (this.#assigned.all.ids.has(id)) this.#assigned.assignNumber(field, number);
    return number;
  }

  /** Marks an instant as derived from {@link now}: plans show it as `<instant>`. */
  derivedInstant(instant: Date): Date {
    this.#assigned.assignInstant(instant);
    return instant;
  }

  /**
   * Call this last before the commit. A transaction reads a snapshot from its beginning. If that is too old, the documents
   * that it relies on must be unchanged; otherwise it runs again.
   *
   * @throws RevisionConflict
   */
  confirmRelied(): Promise<void> {
    return this.reliance.confirm(this.mongo.database, this.#written);
  }

  /** Encrypts what the service must be able to read again. */
  get sealer(): Sealer {
    return this.mongo.database.sealer;
  }

  async insert<T extends Stored>(
    into: Collection<T>,
    fields: Omit<T, 'revision'> & { readonly _id: string },
  ): Promise<T> {
    const doc = { ...fields, revision: 1 } as unknown as T;
    this.#note(into, { collection: into.name, id: doc._id, op: 'insert', after: doc });
    await this.writes.add(insertionOf(into, [doc]));
    this.known.write(`${into.name}/${doc._id}`, doc);
    return doc;
  }

  /**
   * As `insert` for many documents at once.
   *
   * @param told replaces the changes in the list by one, if the documents can be derived from existing data
   */
  async insertEach<T extends Stored>(
    into: Collection<T>,
    each: readonly (Omit<T, 'revision'> & { readonly _id: string })[],
    told?: string,
  ): Promise<void> {
    if (each.length === 0) return;
    const docs = each.map((fields) => ({ ...fields, revision: 1 }) as unknown as T);
    await this.writes.during(async () => {
      if (told === undefined) await inSlices(docs, async (slice) => this.#noteInserts(into, slice));
      else this.#note(into, { collection: into.name, id: docs[0]?._id ?? '', op: 'insert', after: { told } });
      await inSlices(docs, (slice) => this.writes.add(insertionOf(into, slice)));
    });
    if (told === undefined) for (const doc of docs) this.known.write(`${into.name}/${doc._id}`, doc);
  }

  /**
   * Writes the difference between `before` (the document or its part, as it was read) and `after`, guarded by the revision.
   * Without a difference, nothing is written or listed.
   */
  async update<T extends Stored, P extends Part<T, never>>(
    of: Collection<T>,
    before: P,
    after: Omit<P, 'revision'>,
  ): Promise<P> {
    const fields = difference(of, before, { ...after, revision: before.revision });
    if (fields.length === 0) return before;
    this.#note(of, { collection: of.name, id: before._id, op: 'update', fields });
    const operations = updateSteps(of, fields).map(({ update, arrayFilters }, i) => ({
      updateOne: {
        filter: { _id: before._id as never, revision: i === 0 ? before.revision : before.revision + 1 },
        update: i === 0 ? { ...update, $inc: { revision: 1 } } : update,
        arrayFilters,
      },
    }));
    const [ids, matching] = [[before._id], operations.length];
    await this.writes.add({
      collection: of.name,
      kind: 'update',
      ids,
      operations,
      matching,
      claims: claims(of, fields),
    });
    const changed = { ...after, revision: before.revision + 1 } as unknown as P;
    this.#noteWritten(of, before, changed);
    return changed;
  }

  /**
   * Raises the revision of a document that this transaction relies on but does not change, such as a parent, so that
   * concurrent changes and removals of it conflict. It is not in the change list.
   */
  async touch<T extends Stored, P extends Part<T, never>>(of: Collection<T>, before: P): Promise<P> {
    const raise = {
      updateOne: {
        filter: { _id: before._id as never, revision: before.revision },
        update: { $inc: { revision: 1 } },
      },
    };
    const [ids, operations] = [[before._id], [raise]];
    await this.writes.add({ collection: of.name, kind: 'touch', ids, operations, matching: 1, claims: false });
    this.#written.add(`${of.name}/${before._id}`);
    const touched = { ...before, revision: before.revision + 1 };
    this.#noteWritten(of, before, touched);
    return touched;
  }

  #noteWritten(of: AnyCollection, before: Stored, after: Stored): void {
    const place = `${of.name}/${before._id}`;
    // If only a part of the document was read, the whole is unknown.
    this.known.write(place, this.known.get(place) === before ? after : undefined);
  }

  /**
   * As `update` for many documents at once. Documents with the same difference and revision are updated together. Either all
   * of them change, or the transaction fails.
   */
  async updateEach<T extends Stored, P extends Part<T, never>>(
    of: Collection<T>,
    changes: readonly BeforeAfter<P>[],
  ): Promise<void> {
    const bulks: Bulk[] = [];
    await this.writes.during(() =>
      inSlices(changes, async (slice) => {
        const bulk = bulkOf(of, slice);
        for (const change of bulk.noted) this.#note(of, change);
        if (bulk.noted.length > 0) bulks.push(bulk);
      }),
    );
    for (const { operations, matching, noted } of bulks) {
      const ids = noted.map(({ id }) => id);
      const claiming = noted.some(({ fields }) => claims(of, fields));
      await this.writes.add({ collection: of.name, kind: 'update', ids, operations, matching, claims: claiming });
      for (const id of ids) this.known.write(`${of.name}/${id}`, undefined);
    }
  }

  async remove<T extends Stored>(from: Collection<T>, before: T): Promise<void> {
    return this.removeEach(from, [before]);
  }

  /** As `remove` for many documents at once. Either all of them are removed, or the transaction fails. */
  async removeEach<T extends Stored>(from: Collection<T>, each: readonly T[]): Promise<void> {
    await this.writes.during(() => inSlices(each, (slice) => this.#removeSlice(from, slice)));
  }

  /** @throws RevisionConflict */
  async #removeSlice<T extends Stored>(from: Collection<T>, each: readonly T[]): Promise<void> {
    for (const before of each) this.#note(from, { collection: from.name, id: before._id, op: 'remove', before });
    const operations = [...groupBy(each, (doc) => doc.revision)].map(([revision, alike]) => ({
      deleteMany: { filter: { _id: { $in: alike.map(({ _id }) => _id as never) }, revision } },
    }));
    const ids = each.map(({ _id }) => _id);
    await this.writes.add({
      collection: from.name,
      kind: 'remove',
      ids,
      operations,
      matching: ids.length,
      claims: false,
    });
    for (const id of ids) this.known.write(`${from.name}/${id}`, null);
  }

  /** Adds a remark to the audit record about something that the changes do not show, such as what was skipped. */
  remark(sentence: string): void {
    this.#remarks.push(sentence);
  }

  get remarks(): readonly string[] {
    return this.#remarks;
  }

  /** Notifies somebody of the change. The notice is in the audit record, so neither exists without the other. */
  notify(notice: Notice): void {
    this.#notices.push(notice);
  }

  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** As `insertEach`, but written last, with the other appended documents: for documents that nothing reads earlier. */
  insertLast<T extends Stored>(
    into: Collection<T>,
    each: readonly (Omit<T, 'revision'> & { readonly _id: string })[],
  ): void {
    if (each.length === 0) return;
    const docs = each.map((fields) => ({ ...fields, revision: 1 }) as unknown as T);
    this.#noteInserts(into, docs);
    for (const doc of docs) this.#appending().add(into, doc);
  }

  /** Sets what later transactions will do if this one only begins the work. The plan then covers it. */
  planLaterWork(work: LaterWork): void {
    this.#laterWork = work;
  }

  get laterWork(): LaterWork | undefined {
    return this.#laterWork;
  }

  /**
   * Adds a document about the change, such as a stored answer. It is not in the change list and is committed only with a
   * record.
   *
   * @throws TypeError for a collection that is not bookkeeping of this kind; change_too_big if the document is too large
   */
  append<T extends Stored>(into: Collection<T>, doc: T): void {
    assertBookkeeping(into.name, 'attached');
    const bytes = bsonSize(doc);
    if (bytes > MAX_DOCUMENT_BYTES) throw changeTooBig('The call', bytes, MAX_DOCUMENT_BYTES);
    this.#appending().add(into, doc);
    this.#hasAttached = true;
    this.known.write(`${into.name}/${doc._id}`, doc);
  }

  /**
   * Reserves the id of a document that is appended later. Call it first: if two transactions reserve the same id, one of
   * them conflicts here and runs again after the other.
   *
   * @throws TypeError for a collection that is not bookkeeping of this kind
   */
  async reserve(into: AnyCollection, id: string): Promise<void> {
    assertBookkeeping(into.name, 'attached');
    this.mongo.appended.reserve(into, id);
    await this.writes.sendNow(insertionOf(into, [{ _id: id, revision: 0 }]));
  }

  /**
   * Adds the audit record of the changes to the document with all records of this MongoDB transaction.
   *
   * @param covered the changes in the record, which must be all that are {@link unrecorded}
   * @param grown creates that document, adds the record to it, or begins another one if it has become too large
   * @throws UnrecordedChangesError if the record leaves changes out
   */
  record<T extends Stored>(into: Collection<T>, covered: readonly Change[], grown: (present: T | undefined) => T): T {
    this.#list.markRecorded(covered);
    const docs = this.#appending().of(into);
    const present = docs.at(-1);
    const doc = grown(present);
    docs[present?._id === doc._id ? docs.length - 1 : docs.length] = doc;
    this.#hasRecord = true;
    return doc;
  }

  /**
   * Stores some of the changes of the next record, if they are too many for one document. The part is written at once, so
   * that it need not stay in memory.
   */
  async recordPart<T extends Stored>(into: Collection<T>, part: T): Promise<void> {
    assertIntact(into, [part]);
    this.#hasAttached = true;
    await this.writes.sendNow(insertionOf(into, [part]));
  }

  #appending(): AppendedDocuments {
    this.writes.noteSent();
    return this.mongo.appended;
  }

  /**
   * The last check before the commit: in each unit of work, every change except bookkeeping is in an audit record, and all
   * writes are finished.
   *
   * @throws UnrecordedChangesError, which is always a bug
   */
  assertRecorded(): void {
    for (const unit of [this, ...this.#units]) {
      if (unit.writes.areUnderWay) throw new TypeError('a write of the transaction was not waited for');
      const missing = unit.unrecorded.filter(({ collection }) => !isBookkeeping(collection, 'inside'));
      if (missing.length > 0 || (unit.#hasAttached && !unit.#hasRecord)) throw new UnrecordedChangesError(missing);
    }
    this.mongo.appended.assertComplete();
  }

  /** Sends the remaining writes of all units of work. @throws OutOfTurn, RevisionConflict */
  async sendWrites(): Promise<void> {
    const { queue, reader, session } = this.mongo;
    const units = [this, ...this.#units];
    const pending =
      queue === undefined ? this.writes.takePending() : merged(units.map((unit) => unit.writes.takePending()));
    if (pending.length > 0) await send(reader.db, session, pending);
    for (const unit of units) for (const place of unit.#written) this.#written.add(place);
  }

  /** Sends the remaining writes, and then the appended documents, as the last step before the commit. */
  async flush(): Promise<void> {
    await this.sendWrites();
    await this.mongo.appended.send(this.mongo.reader.db, this.mongo.session);
  }

  /** Refuses further writes, which the driver would carry out outside of the MongoDB transaction. */
  end(): void {
    this.mongo.ended = true;
  }

  #noteInserts(into: AnyCollection, docs: readonly Stored[]): void {
    for (const doc of docs) this.#note(into, { collection: into.name, id: doc._id, op: 'insert', after: doc });
  }

  /** Lists a change that is about to be written. @throws change_too_big if the record could not hold it */
  #note(of: AnyCollection, change: Change): void {
    this.#written.add(`${of.name}/${change.id}`);
    this.mongo.written += this.#list.add(of, change);
  }
}

/** One attempt at a transaction. */
export interface Attempt extends Pick<Draws, 'dryRun' | 'drawn'>, Partial<Pick<Draws, 'batchSize'>> {
  readonly now: Date;
  readonly collided?: string | undefined;
  readonly number?: number;
}

/** What a job will do later. */
export interface LaterWork {
  /** What the hash of the plan covers, whichever page is shown. */
  readonly sealed: unknown;
  /** What a dry run returns besides the hash. */
  readonly shown: { readonly changes: readonly Change[] } & Readonly<Record<string, unknown>>;
}
