import type { ClientSession, Document } from 'mongodb';
import { groupBy } from '../base/groupBy.ts';
import { AppendedDocuments } from './appendedDocuments.ts';
import { Assignments, type DrawnNumbers, type Draws, type NewNumbers } from './assignments.ts';
import { assertBookkeeping, isBookkeeping } from './bookkeeping.ts';
import { type BeforeAfter, type Bulk, bulkOf } from './bulk.ts';
import { type Assigned, asRecorded, type Change, changeSize, difference } from './changes.ts';
import {
  type AnyCollection,
  assertIntact,
  type Collection,
  type FindOptions,
  type Part,
  type Reader,
  type Stored,
  type Wanted,
} from './collection.ts';
import { CommandQueue } from './commandQueue.ts';
import { type Counter, counterOf } from './counters.ts';
import type { Database } from './database.ts';
import type { DatabaseReader } from './databaseReader.ts';
import { KnownDocuments } from './knownDocuments.ts';
import type { Notice } from './notice.ts';
import { Reliance } from './reliance.ts';
import type { Sealer } from './sealing.ts';
import { bsonSize, changeTooBig, type ItemLimits, MAX_CHANGE_BYTES, MAX_DOCUMENT_BYTES } from './size.ts';
import { inSlices } from './slices.ts';
import { updateSteps } from './updateSteps.ts';
import { type NamedDocuments, noteNamed } from './witness.ts';
import { claims, insertionOf, merged, OutOfTurn, PendingWrites, send, type Write } from './writes.ts';

/** How many writes are collected before they are sent together. */
const MAX_PENDING = 100;

/**
 * The only way to write. It keeps one list of changes, with each document before and after: dry runs return this list, the
 * audit stores it, reverts invert it and replays check it. Nothing is visible to others before the commit, and changes
 * without an audit record are never committed.
 */
export class Transaction implements Reader {
  /** The instant of all changes of this transaction. A dry run shows it as `<instant>`. */
  readonly now: Date;
  readonly dryRun: boolean;
  /** The unique index that the previous attempt violated, so that the caller can look up who has the key. */
  readonly collided: string | undefined;
  readonly #database: Database;
  readonly #session: ClientSession;
  readonly #changes: Change[] = [];
  readonly #remarks: string[] = [];
  readonly #notices: Notice[] = [];
  readonly #hmacs = new Set<string>();
  #named: NamedDocuments = new Map();
  #laterWork: LaterWork | undefined;
  readonly #reads = new Map<string, number>();
  readonly #assigned: Assignments;
  readonly #known: KnownDocuments;
  /** Shared by all units of work of one MongoDB transaction. */
  readonly #shared: Shared;
  readonly #units: Transaction[] = [];
  readonly #reliance: Reliance;
  /** The documents that were written, by `collection/id`. */
  readonly #written: Set<string>;
  readonly #pending: PendingWrites;
  /** Resolves once all writes sent so far are answered; reads wait for it. */
  #sent: Promise<void> = Promise.resolve();
  #touched = false;
  /** Whether writes of this unit of work were sent, so that it can no longer be withdrawn. */
  #isSent = false;
  /** How many writes were begun and are not finished. */
  #inFlight = 0;
  /** How many of the changes are in a record. */
  #recorded = 0;
  #hasRecord = false;
  #hasAttached = false;
  /** The size of the change list and its limit, in bytes. */
  #bytes = 0;
  #maxBytes = MAX_CHANGE_BYTES;

  constructor({ database, session }: Place, attempt: Attempt, beside?: Transaction) {
    this.#database = database;
    this.#session = session;
    this.now = attempt.now;
    this.dryRun = attempt.dryRun;
    this.collided = attempt.collided;
    this.#assigned = new Assignments({ batchSize: 1, ...attempt, counters: database.counters });
    this.#shared = beside === undefined ? sharedIn(database, session, attempt.sideBySide === true) : beside.#shared;
    this.#reliance = beside === undefined ? new Reliance() : beside.#reliance;
    const inTurn = this.#shared.queue === undefined ? beside : undefined;
    this.#written = inTurn === undefined ? new Set() : inTurn.#written;
    this.#pending = inTurn === undefined ? new PendingWrites() : inTurn.#pending;
    const known = beside === undefined ? undefined : beside.#known;
    this.#known = inTurn === undefined ? new KnownDocuments(known) : inTurn.#known;
  }

  /**
   * Another unit of work, with its own changes, that commits or aborts together with this one. Units run either in turn,
   * each seeing the changes of earlier ones, or side by side, without seeing each other's changes.
   */
  beside(unit: Pick<Attempt, 'now' | 'drawn' | 'batchSize'>): Transaction {
    const made = new Transaction(
      { database: this.#database, session: this.#session },
      { dryRun: this.dryRun, ...unit },
      this,
    );
    this.#units.push(made);
    return made;
  }

  /** Withdraws a failed unit of work. @returns false if some of it was already sent, which cannot be undone */
  withdraw(unit: Transaction): boolean {
    if (unit.#touched && (this.#shared.queue === undefined || unit.#isSent)) return false;
    this.#units.splice(this.#units.indexOf(unit), 1);
    return true;
  }

  /** An id that sorts by the cluster time at which it was made. */
  newOrderedId(): string {
    return this.#database.clock.newIdIn(this.#session);
  }

  /** True once anything was written. */
  get touched(): boolean {
    return this.#touched;
  }

  /** The bytes of BSON that all units of work of this MongoDB transaction have changed so far. */
  get written(): number {
    return this.#shared.written;
  }

  /** The total size of {@link changes} in bytes of BSON. */
  get changeBytes(): number {
    return this.#bytes;
  }

  /** Whether it may change more than usual; its record may then be stored in several documents. */
  get mayBeLarge(): boolean {
    return this.#maxBytes > MAX_CHANGE_BYTES;
  }

  get limits(): ItemLimits {
    return this.#database.limits;
  }

  /** Raises the number of bytes that this unit of work may change. */
  allowChange(bytes: number): void {
    this.#maxBytes = Math.max(this.#maxBytes, bytes);
  }

  /** All changes so far, in order, without secrets. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** The changes that are not yet in a record. */
  get unrecorded(): readonly Change[] {
    return this.#changes.slice(this.#recorded);
  }

  /** The numbers that earlier attempts drew and this one has not used. */
  get unused(): DrawnNumbers {
    return this.#assigned.unused;
  }

  /** The revision of each document read, by `collection/id`; 0 if there was none. */
  get reads(): ReadonlyMap<string, number> {
    return this.#reads;
  }

  get assignments(): Assigned {
    return { instant: this.now, ...this.#assigned.all, hidden: this.#hmacs };
  }

  /** The documents that the call named so far. */
  get named(): ReadonlyMap<string, readonly string[] | undefined> {
    return this.#named;
  }

  /** Adds the documents that the call names to those that it named before. */
  nameIn(named: NamedDocuments): void {
    this.#named = named;
  }

  witness(place: string, owners?: readonly string[]): void {
    noteNamed(this.#named, place, owners);
  }

  /** The HMACs that stand for sensitive values in the changes so far. */
  get hmacs(): ReadonlySet<string> {
    return this.#hmacs;
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

  async get<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const place = `${from.name}/${id}`;
    const found = await this.peek(from, id);
    if (!this.#reads.has(place)) this.#reads.set(place, found?.revision ?? 0);
    return found;
  }

  /** As `get`, but the plan does not depend on the result: for reads of the gate. */
  async peek<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const place = `${from.name}/${id}`;
    const known = this.#known.get(place);
    if (known !== undefined) return known as T | null;
    if (this.#known.isUnsure(place)) await this.#sendPending(from.name);
    await this.#sent;
    const found = await this.#shared.reader.get(from, id);
    this.#known.read(place, found);
    return found;
  }

  /**
   * As `peek`, for documents that the caller's right depends on. {@link confirmRelied} reads them again if they are too old
   * at the commit.
   */
  async rely<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const found = await this.peek(from, id);
    this.#reliance.on(from, id, found);
    return found;
  }

  /**
   * Call this last before the commit. A transaction reads a snapshot from its beginning. If that is too old, the documents
   * that it relies on must be unchanged; otherwise it runs again.
   *
   * @throws RevisionConflict
   */
  confirmRelied(): Promise<void> {
    return this.#reliance.confirm(this.#database, this.#written);
  }

  async find<T extends Stored>(from: Collection<T>, filter: Document, options: FindOptions = {}): Promise<T[]> {
    const found = await (await this.#readerOf(from)).find(from, filter, options);
    return options.untracked ? found : this.#seen(from, found);
  }

  async parts<T extends Stored, K extends keyof T & string>(
    from: Collection<T>,
    filter: Document,
    wanted: Wanted<K> & FindOptions,
  ): Promise<Part<T, K>[]> {
    const found = await (await this.#readerOf(from)).parts(from, filter, wanted);
    return wanted.untracked ? found : this.#seen(from, found);
  }

  /** A reader for data that the plan does not depend on. */
  get untracked(): Reader {
    return {
      get: (from, id) => this.peek(from, id),
      find: (from, filter, options) => this.find(from, filter, { ...options, untracked: true }),
      parts: (from, filter, wanted) => this.parts(from, filter, { ...wanted, untracked: true }),
      count: (from, filter, limit) => this.count(from, filter, limit),
      countBy: (from, field, filter) => this.countBy(from, field, filter),
      distinct: (from, field, filter) => this.distinct(from, field, filter),
      aliasesOf: (collection) => this.aliasesOf(collection),
      witness: (place, owners) => this.witness(place, owners),
    };
  }

  async count(from: AnyCollection, filter: Document, limit?: number): Promise<number> {
    return (await this.#readerOf(from)).count(from, filter, limit);
  }

  async countBy(from: AnyCollection, field: string, filter: Document): Promise<Map<unknown, number>> {
    return (await this.#readerOf(from)).countBy(from, field, filter);
  }

  /** The total size of the matching documents, or of one of their fields, in bytes of BSON. */
  async bytesOf(from: AnyCollection, filter: Document, field?: string): Promise<number> {
    return (await this.#readerOf(from)).bytesOf(from, filter, field);
  }

  async distinct(from: AnyCollection, field: string, filter: Document): Promise<unknown[]> {
    return (await this.#readerOf(from)).distinct(from, field, filter);
  }

  aliasesOf(collection: string): readonly string[] {
    return this.#database.aliasesOf(collection);
  }

  /** Encrypts what the service must be able to read again. */
  get sealer(): Sealer {
    return this.#database.sealer;
  }

  /** A reader that sees the writes of this unit of work to the collection. */
  async #readerOf({ name }: AnyCollection): Promise<DatabaseReader> {
    if (this.#pending.isOf(name)) await this.#sendPending(name);
    await this.#sent;
    return this.#shared.reader;
  }

  #seen<P extends Stored>(from: AnyCollection, found: P[]): P[] {
    for (const { _id, revision } of found) {
      const place = `${from.name}/${_id}`;
      if (!this.#reads.has(place)) this.#reads.set(place, revision);
    }
    return found;
  }

  async insert<T extends Stored>(
    into: Collection<T>,
    fields: Omit<T, 'revision'> & { readonly _id: string },
  ): Promise<T> {
    const doc = { ...fields, revision: 1 } as unknown as T;
    this.#note(into, { collection: into.name, id: doc._id, op: 'insert', after: doc });
    await this.#write(insertionOf(into, [doc]));
    this.#known.write(`${into.name}/${doc._id}`, doc);
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
    await this.#unfinished(async () => {
      if (told === undefined) await inSlices(docs, async (slice) => this.#noteInserts(into, slice));
      else this.#note(into, { collection: into.name, id: docs[0]?._id ?? '', op: 'insert', after: { told } });
      await inSlices(docs, (slice) => this.#write(insertionOf(into, slice)));
    });
    if (told === undefined) for (const doc of docs) this.#known.write(`${into.name}/${doc._id}`, doc);
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
    await this.#write({ collection: of.name, kind: 'update', ids, operations, matching, claims: claims(of, fields) });
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
    await this.#write({ collection: of.name, kind: 'touch', ids, operations, matching: 1, claims: false });
    this.#written.add(`${of.name}/${before._id}`);
    const touched = { ...before, revision: before.revision + 1 };
    this.#noteWritten(of, before, touched);
    return touched;
  }

  #noteWritten(of: AnyCollection, before: Stored, after: Stored): void {
    const place = `${of.name}/${before._id}`;
    // If only a part of the document was read, the whole is unknown.
    this.#known.write(place, this.#known.get(place) === before ? after : undefined);
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
    await this.#unfinished(() =>
      inSlices(changes, async (slice) => {
        const bulk = bulkOf(of, slice);
        for (const change of bulk.noted) this.#note(of, change);
        if (bulk.noted.length > 0) bulks.push(bulk);
      }),
    );
    for (const { operations, matching, noted } of bulks) {
      const ids = noted.map(({ id }) => id);
      const claiming = noted.some(({ fields }) => claims(of, fields));
      await this.#write({ collection: of.name, kind: 'update', ids, operations, matching, claims: claiming });
      for (const id of ids) this.#known.write(`${of.name}/${id}`, undefined);
    }
  }

  async remove<T extends Stored>(from: Collection<T>, before: T): Promise<void> {
    return this.removeEach(from, [before]);
  }

  /** As `remove` for many documents at once. Either all of them are removed, or the transaction fails. */
  async removeEach<T extends Stored>(from: Collection<T>, each: readonly T[]): Promise<void> {
    await this.#unfinished(() => inSlices(each, (slice) => this.#removeSlice(from, slice)));
  }

  /** @throws RevisionConflict */
  async #removeSlice<T extends Stored>(from: Collection<T>, each: readonly T[]): Promise<void> {
    for (const before of each) this.#note(from, { collection: from.name, id: before._id, op: 'remove', before });
    const operations = [...groupBy(each, (doc) => doc.revision)].map(([revision, alike]) => ({
      deleteMany: { filter: { _id: { $in: alike.map(({ _id }) => _id as never) }, revision } },
    }));
    const ids = each.map(({ _id }) => _id);
    await this.#write({ collection: from.name, kind: 'remove', ids, operations, matching: ids.length, claims: false });
    for (const id of ids) this.#known.write(`${from.name}/${id}`, null);
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
    this.#known.write(`${into.name}/${doc._id}`, doc);
  }

  /**
   * Reserves the id of a document that is appended later. Call it first: if two transactions reserve the same id, one of
   * them conflicts here and runs again after the other.
   *
   * @throws TypeError for a collection that is not bookkeeping of this kind
   */
  async reserve(into: AnyCollection, id: string): Promise<void> {
    assertBookkeeping(into.name, 'attached');
    this.#shared.appended.reserve(into, id);
    await this.#writeNow(insertionOf(into, [{ _id: id, revision: 0 }]));
  }

  /**
   * Adds the audit record of the changes to the document with all records of this MongoDB transaction.
   *
   * @param covered the changes in the record, which must be all that are {@link unrecorded}
   * @param grown creates that document, adds the record to it, or begins another one if it has become too large
   * @throws UnrecordedChangesError if the record leaves changes out
   */
  record<T extends Stored>(into: Collection<T>, covered: readonly Change[], grown: (present: T | undefined) => T): T {
    const expected = this.unrecorded;
    if (covered.length !== expected.length || covered.some((change, i) => change !== expected[i])) {
      throw new UnrecordedChangesError(expected.filter((change) => !covered.includes(change)));
    }
    const docs = this.#appending().of(into);
    const present = docs.at(-1);
    const doc = grown(present);
    docs[present?._id === doc._id ? docs.length - 1 : docs.length] = doc;
    this.#recorded = this.#changes.length;
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
    await this.#writeNow(insertionOf(into, [part]));
  }

  #appending(): AppendedDocuments {
    this.#assertOpen();
    this.#touched = true;
    this.#isSent = true;
    return this.#shared.appended;
  }

  /**
   * The last check before the commit: in each unit of work, every change except bookkeeping is in an audit record, and all
   * writes are finished.
   *
   * @throws UnrecordedChangesError, which is always a bug
   */
  assertRecorded(): void {
    for (const unit of [this, ...this.#units]) {
      if (unit.#inFlight > 0) throw new TypeError('a write of the transaction was not waited for');
      const missing = unit.unrecorded.filter(({ collection }) => !isBookkeeping(collection, 'inside'));
      if (missing.length > 0 || (unit.#hasAttached && !unit.#hasRecord)) throw new UnrecordedChangesError(missing);
    }
    this.#shared.appended.assertComplete();
  }

  /** Sends the remaining writes of all units of work. @throws OutOfTurn, RevisionConflict */
  async sendWrites(): Promise<void> {
    const { queue, reader } = this.#shared;
    const units = [this, ...this.#units];
    const pending = queue === undefined ? this.#pending.take() : merged(units.map((unit) => unit.#pending.take()));
    if (pending.length > 0) await send(reader.db, this.#session, pending);
    for (const unit of units) for (const place of unit.#written) this.#written.add(place);
  }

  /** Sends the remaining writes, and then the appended documents, as the last step before the commit. */
  async flush(): Promise<void> {
    await this.sendWrites();
    await this.#shared.appended.send(this.#shared.reader.db, this.#session);
  }

  /** Refuses further writes, which the driver would carry out outside of the MongoDB transaction. */
  end(): void {
    this.#shared.ended = true;
  }

  async #write(write: Write): Promise<void> {
    this.#assertOpen();
    this.#touched = true;
    this.#pending.add(write);
    // Ids of records need the cluster time, which comes with the first answer.
    const isFirst = this.#session.clusterTime === undefined;
    // A taken key is reported before anything else is checked or drawn.
    const isClaim = write.claims && this.#shared.queue === undefined;
    if (isFirst || isClaim || this.#pending.operations >= MAX_PENDING) await this.#sendPending(write.collection);
  }

  async #sendPending(collection: string): Promise<void> {
    if (this.#shared.queue !== undefined) throw new OutOfTurn(`${collection} is to be read after it was written`);
    await this.#sending(this.#pending.take());
  }

  /** Sends a write at once, before anything else. */
  async #writeNow(write: Write): Promise<void> {
    this.#assertOpen();
    this.#touched = true;
    await this.#sending([write]);
  }

  async #sending(writes: readonly Write[]): Promise<void> {
    this.#isSent = true;
    const { queue, reader } = this.#shared;
    const before = this.#sent;
    const work = () => send(reader.db, this.#session, writes);
    this.#sent = this.#unfinished(async () => {
      await before;
      await (queue === undefined ? work() : queue.run(work));
    });
    await this.#sent;
  }

  /** Keeps the transaction from committing while the work is under way. */
  async #unfinished(work: () => Promise<void>): Promise<void> {
    this.#inFlight += 1;
    try {
      await work();
    } finally {
      this.#inFlight -= 1;
    }
  }

  #assertOpen(): void {
    if (this.#shared.ended) throw new TypeError('the transaction has ended');
  }

  #noteInserts(into: AnyCollection, docs: readonly Stored[]): void {
    for (const doc of docs) this.#note(into, { collection: into.name, id: doc._id, op: 'insert', after: doc });
  }

  /** Lists a change that is about to be written. @throws change_too_big if the record could not hold it */
  #note(of: AnyCollection, change: Change): void {
    if (of.insertOnly && change.op !== 'insert') throw new TypeError(`documents of ${of.name} are never changed`);
    this.#written.add(`${of.name}/${change.id}`);
    const { digest, hmac } = this.#database.digester;
    const hidden = (value: unknown) => {
      const found = hmac(value);
      this.#hmacs.add(found);
      return found;
    };
    const told = asRecorded(of, change, { digest, hmac: hidden });
    const bytes = changeSize(change);
    this.#bytes += told === change ? bytes : changeSize(told);
    if (this.#bytes > this.#maxBytes) throw changeTooBig('The call', this.#bytes, this.#maxBytes);
    this.#shared.written += bytes;
    this.#changes.push(told);
  }
}

interface Place {
  readonly database: Database;
  readonly session: ClientSession;
}

/** One attempt at a transaction. */
export interface Attempt extends Pick<Draws, 'dryRun' | 'drawn'>, Partial<Pick<Draws, 'batchSize'>> {
  readonly now: Date;
  readonly collided?: string | undefined;
  /** Whether the units of work {@link Transaction.beside} run side by side instead of in turn. */
  readonly sideBySide?: boolean;
}

/** What a job will do later. */
export interface LaterWork {
  /** What the hash of the plan covers, whichever page is shown. */
  readonly sealed: unknown;
  /** What a dry run returns besides the hash. */
  readonly shown: { readonly changes: readonly Change[] } & Readonly<Record<string, unknown>>;
}

interface Shared {
  readonly reader: DatabaseReader;
  /** Set if units of work run side by side; it sends their commands one at a time. */
  readonly queue: CommandQueue | undefined;
  readonly appended: AppendedDocuments;
  /** How many bytes of BSON were changed. */
  written: number;
  /** Set once the transaction has committed or aborted. */
  ended: boolean;
}

function sharedIn(database: Database, session: ClientSession, sideBySide: boolean): Shared {
  const queue = sideBySide ? new CommandQueue() : undefined;
  const reader = database.readerIn(session, queue);
  return { reader, queue, appended: new AppendedDocuments(), written: 0, ended: false };
}

/** Thrown if a transaction would commit changes that are in no audit record, which is a bug. */
export class UnrecordedChangesError extends Error {
  constructor(changes: readonly Change[]) {
    const places = changes.slice(0, 5).map(({ collection, id }) => `${collection}/${id}`);
    super(`the transaction has changes without an audit record: ${places.join(', ') || 'attached documents'}`);
  }
}
