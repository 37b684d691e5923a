import { randomUUID } from 'node:crypto';
import type { ClientSession, Document } from 'mongodb';
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
import { type Counter, counterOf, type DrawnNumber, type Raise } from './counters.ts';
import type { Database } from './database.ts';
import type { DatabaseReader } from './databaseReader.ts';
import { instant, isFresh } from './instant.ts';
import { KnownDocuments } from './knownDocuments.ts';
import type { Notice } from './notice.ts';
import { bsonSize, changeTooBig, MAX_CHANGE_BYTES, MAX_DOCUMENT_BYTES } from './size.ts';
import { inSlices } from './slices.ts';
import { updateSteps } from './updateSteps.ts';
import { merged, OutOfTurn, PendingWrites, RevisionConflict, send, type Write } from './writes.ts';

/** How often a commit re-reads what it relies on before it gives up. */
const MAX_CONFIRMATIONS = 5;

/** Writes wait for others, which go to the server with them, until they are so many. */
const MAX_PENDING = 100;

/** A document that a right rests on, by the revision at which it was read. */
interface Relied {
  readonly from: Collection<Stored>;
  readonly id: string;
  readonly revision: number;
}

/**
 * The only writer. It keeps one list of changes, with each document before and after: a dry run returns this list, the
 * audit stores it, a revert inverts it and a replay checks it. Nothing is visible to others before the commit, and changes
 * without an audit record are never committed.
 */
export class Transaction implements Reader {
  /** The instant of every change of this transaction. Shown as `<instant>` by a dry run. */
  readonly now: Date;
  readonly dryRun: boolean;
  /** The unique index that the previous attempt violated, so that the caller can find out who has the key. */
  readonly collided: string | undefined;
  readonly #database: Database;
  readonly #session: ClientSession;
  readonly #changes: Change[] = [];
  readonly #remarks: string[] = [];
  readonly #notices: Notice[] = [];
  #foreseen: Foreseen | undefined;
  readonly #reads = new Map<string, number>();
  readonly #ids = new Set<unknown>();
  readonly #numbers = new Map<string, Set<number>>();
  readonly #drawn: DrawnNumbers;
  readonly #batchSize: number;
  #draws = 0;
  readonly #known: KnownDocuments;
  /** Shared by all units of work of one MongoDB transaction. */
  readonly #shared: Shared;
  readonly #units: Transaction[] = [];
  /** The documents that the decision relies on, as they were read, and those that were written. */
  readonly #relied: Map<string, Relied>;
  readonly #written: Set<string>;
  readonly #pending: PendingWrites;
  /** Taken before the server takes the snapshot. */
  #confirmedAt = instant();
  #touched = false;
  /** Whether other units of work would notice, if this one were not carried out. */
  #isSent = false;
  /** Writes that were begun and are not finished. */
  #inFlight = 0;
  /** How many of the changes are in a record. */
  #recorded = 0;
  #hasRecord = false;
  #hasAttached = false;
  /** The size of the change list, and how large it may become. */
  #bytes = 0;
  #maxBytes = MAX_CHANGE_BYTES;

  constructor(database: Database, session: ClientSession, attempt: Attempt, beside?: Transaction) {
    this.#database = database;
    this.#session = session;
    this.now = attempt.now;
    this.dryRun = attempt.dryRun;
    this.collided = attempt.collided;
    this.#drawn = attempt.drawn;
    this.#batchSize = attempt.batchSize ?? 1;
    this.#shared = beside === undefined ? sharedIn(database, session, attempt.sideBySide === true) : beside.#shared;
    this.#relied = beside === undefined ? new Map() : beside.#relied;
    const inTurn = this.#shared.queue === undefined ? beside : undefined;
    this.#written = inTurn === undefined ? new Set() : inTurn.#written;
    this.#pending = inTurn === undefined ? new PendingWrites() : inTurn.#pending;
    const known = beside === undefined ? undefined : beside.#known;
    this.#known = inTurn === undefined ? new KnownDocuments(known) : inTurn.#known;
  }

  /**
   * Another unit of work, with changes of its own, that commits or aborts together with this one. Units either run in turn,
   * each seeing the changes of those before, or side by side, none seeing the changes of another.
   */
  beside(unit: Pick<Attempt, 'now' | 'drawn' | 'batchSize'>): Transaction {
    const made = new Transaction(this.#database, this.#session, { dryRun: this.dryRun, ...unit }, this);
    this.#units.push(made);
    return made;
  }

  /** Takes back a unit of work that failed. @returns false if some of it was sent to the server, which cannot be undone */
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

  /** Bytes of BSON that all units of work of this MongoDB transaction have changed so far. */
  get written(): number {
    return this.#shared.written;
  }

  /** The size of {@link changes}, each by itself: bytes of BSON. */
  get changeBytes(): number {
    return this.#bytes;
  }

  /** Whether it may change more than usual; its record may then be stored in several documents. */
  get mayBeLarge(): boolean {
    return this.#maxBytes > MAX_CHANGE_BYTES;
  }

  /** Raises the number of bytes that this unit of work may change. */
  allowChange(bytes: number): void {
    this.#maxBytes = Math.max(this.#maxBytes, bytes);
  }

  /** Everything written so far, in order, without secrets. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** The changes that are not in a record yet. */
  get unrecorded(): readonly Change[] {
    return this.#changes.slice(this.#recorded);
  }

  /** The numbers that earlier attempts drew and this one has not used. */
  get unused(): DrawnNumbers {
    return this.#drawn.slice(this.#draws);
  }

  /** The revision of each document read, by `collection/id`, in no particular order; 0 for one that was not there. */
  get reads(): ReadonlyMap<string, number> {
    return this.#reads;
  }

  get assignments(): Assigned {
    return { instant: this.now, ids: this.#ids, numbers: this.#numbers };
  }

  /** A new random id (a UUID, after a prefix that tells its kind). Shown as `<id>` by a dry run. */
  newId(prefix = ''): string {
    const id = `${prefix}${randomUUID()}`;
    this.#ids.add(id);
    return id;
  }

  /**
   * The next number of a counter and the id made from it. Draw it last, after every check, so that a refusal wastes no
   * number. A dry run draws none. Plans show both, and the number in every field with the name `field`, as `<id>`.
   */
  async newNumber(counter: string, prefix: string, field: string): Promise<{ number: number; id: string }> {
    const [number = 0] = await this.newNumbers(counterOf(counter), 1, field);
    return { number, id: this.assigned(`${prefix}${number}`) };
  }

  /**
   * The next numbers of a counter, as {@link newNumber} draws one. `raise`: fields of the counter's document that are raised
   * to these values. A dry run returns numbers that nobody has.
   */
  async newNumbers(counter: Counter, count: number, field: string, raise: Raise = {}): Promise<number[]> {
    const first = this.dryRun ? -count : await this.#draw(counter, count, raise);
    const numbers = Array.from({ length: count }, (_, i) => first + i);
    const known = this.#numbers.get(field) ?? new Set();
    this.#numbers.set(field, known);
    for (const number of numbers) known.add(number);
    return numbers;
  }

  /** Marks an id as assigned by the server: plans show it as `<id>`. */
  assigned(id: string): string {
    this.#ids.add(id);
    return id;
  }

  async #draw(counter: Counter, count: number, raise: Raise): Promise<number> {
    const before = this.#drawn[this.#draws];
    this.#draws += 1;
    if (before !== undefined && sameCounter(before.counter, counter) && before.count === count) return before.number;
    if (before !== undefined) this.#database.counters.giveBackAll([before]);
    const number = await this.#database.counters.draw(counter, count, raise, this.#batchSize);
    const spare = Object.keys(raise).length === 0;
    this.#drawn[this.#draws - 1] = { counter, count, number, spare };
    return number;
  }

  async get<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const place = `${from.name}/${id}`;
    const found = await this.peek(from, id);
    if (!this.#reads.has(place)) this.#reads.set(place, found?.revision ?? 0);
    return found;
  }

  /** As `get`, but the plan does not depend on the result: for reads of the gate itself. */
  async peek<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const place = `${from.name}/${id}`;
    const known = this.#known.get(place);
    if (known !== undefined) return known as T | null;
    if (this.#known.isUnsure(place)) await this.#sendPending(from.name);
    const found = await this.#shared.reader.get(from, id);
    this.#known.read(place, found);
    return found;
  }

  /**
   * As `peek`, for documents that the caller's right rests on. If the commit comes later than they may be relied on,
   * {@link confirmRelied} reads them again.
   */
  async rely<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const place = `${from.name}/${id}`;
    const found = await this.peek(from, id);
    if (!this.#relied.has(place)) this.#relied.set(place, { from, id, revision: found?.revision ?? 0 });
    return found;
  }

  /**
   * Call this last before the commit. A transaction sees the data of its beginning. If that is too long ago, the documents
   * it relies on must not have changed since; otherwise it runs again.
   *
   * @throws RevisionConflict
   */
  async confirmRelied(): Promise<void> {
    for (let round = 1; !isFresh(this.#confirmedAt); round += 1) {
      const at = instant();
      for (const [place, { from, id, revision }] of this.#relied) {
        // Documents that this transaction writes need no check: the server detects conflicts over them.
        if (this.#written.has(place)) continue;
        const present = await this.#database.get(from, id);
        if ((present?.revision ?? 0) !== revision || round > MAX_CONFIRMATIONS)
          throw new RevisionConflict(from.name, id);
      }
      this.#confirmedAt = at;
    }
  }

  async find<T extends Stored>(from: Collection<T>, filter: Document, options: FindOptions = {}): Promise<T[]> {
    const found = await (await this.#readerOf(from)).find(from, filter, options);
    return options.aside ? found : this.#seen(from, found);
  }

  async parts<T extends Stored, K extends keyof T & string>(
    from: Collection<T>,
    filter: Document,
    wanted: Wanted<K>,
    options: FindOptions = {},
  ): Promise<Part<T, K>[]> {
    const found = await (await this.#readerOf(from)).parts(from, filter, wanted, options);
    return options.aside ? found : this.#seen(from, found);
  }

  /** The same reads, on which a plan does not depend. */
  get aside(): Reader {
    return {
      get: (from, id) => this.peek(from, id),
      find: (from, filter, options) => this.find(from, filter, { ...options, aside: true }),
      parts: (from, filter, wanted, options) => this.parts(from, filter, wanted, { ...options, aside: true }),
      count: (from, filter, limit) => this.count(from, filter, limit),
      countBy: (from, field, filter) => this.countBy(from, field, filter),
      distinct: (from, field, filter) => this.distinct(from, field, filter),
      aliasesOf: (collection) => this.aliasesOf(collection),
    };
  }

  async count(from: AnyCollection, filter: Document, limit?: number): Promise<number> {
    return (await this.#readerOf(from)).count(from, filter, limit);
  }

  async countBy(from: AnyCollection, field: string, filter: Document): Promise<Map<unknown, number>> {
    return (await this.#readerOf(from)).countBy(from, field, filter);
  }

  /** The size of the documents that match, or of one of their fields, all together: bytes of BSON. */
  async bytesOf(from: AnyCollection, filter: Document, field?: string): Promise<number> {
    return (await this.#readerOf(from)).bytesOf(from, filter, field);
  }

  async distinct(from: AnyCollection, field: string, filter: Document): Promise<unknown[]> {
    return (await this.#readerOf(from)).distinct(from, field, filter);
  }

  aliasesOf(collection: string): readonly string[] {
    return this.#database.aliasesOf(collection);
  }

  /** Reads the collection as it is with the writes of this unit of work. */
  async #readerOf({ name }: AnyCollection): Promise<DatabaseReader> {
    if (this.#pending.isOf(name)) await this.#sendPending(name);
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
   * @param told one change for the list instead of one for each, if the documents follow from data that is there already
   */
  async insertEach<T extends Stored>(
    into: Collection<T>,
    each: readonly (Omit<T, 'revision'> & { readonly _id: string })[],
    told?: string,
  ): Promise<void> {
    if (each.length === 0) return;
    const docs = each.map((fields) => ({ ...fields, revision: 1 }) as unknown as T);
    if (told === undefined) await inSlices(docs, async (slice) => this.#noteInserts(into, slice));
    else this.#note(into, { collection: into.name, id: docs[0]?._id ?? '', op: 'insert', after: { told } });
    await inSlices(docs, (slice) => this.#write(insertionOf(into, slice)));
    if (told === undefined) for (const doc of docs) this.#known.write(`${into.name}/${doc._id}`, doc);
  }

  /**
   * Writes the difference between `before` (the document, or the part of it, as it was read) and `after`, guarded by the
   * revision. Without a difference nothing is written and nothing is listed.
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
    await this.#write({ collection: of.name, kind: 'update', ids, operations, matching });
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
    await this.#write({ collection: of.name, kind: 'touch', ids: [before._id], operations: [raise], matching: 1 });
    this.#written.add(`${of.name}/${before._id}`);
    const touched = { ...before, revision: before.revision + 1 };
    this.#noteWritten(of, before, touched);
    return touched;
  }

  #noteWritten(of: AnyCollection, before: Stored, after: Stored): void {
    const place = `${of.name}/${before._id}`;
    // If only a part of the document was read, the rest is unknown.
    this.#known.write(place, this.#known.get(place) === before ? after : undefined);
  }

  /**
   * As `update` for many documents at once. Documents with the same difference and the same revision are updated together.
   * All of them change, or the transaction fails.
   */
  async updateEach<T extends Stored, P extends Part<T, never>>(
    of: Collection<T>,
    changes: readonly BeforeAfter<P>[],
  ): Promise<void> {
    const bulks: Bulk[] = [];
    await inSlices(changes, async (slice) => {
      const bulk = bulkOf(of, slice);
      for (const change of bulk.noted) this.#note(of, change);
      if (bulk.noted.length > 0) bulks.push(bulk);
    });
    for (const { operations, matching, noted } of bulks) {
      const ids = noted.map(({ id }) => id);
      await this.#write({ collection: of.name, kind: 'update', ids, operations, matching });
      for (const id of ids) this.#known.write(`${of.name}/${id}`, undefined);
    }
  }

  async remove<T extends Stored>(from: Collection<T>, before: T): Promise<void> {
    return this.removeEach(from, [before]);
  }

  /** As `remove` for many documents at once. All of them are removed, or the transaction fails. */
  async removeEach<T extends Stored>(from: Collection<T>, each: readonly T[]): Promise<void> {
    await inSlices(each, (slice) => this.#removeSlice(from, slice));
  }

  /** @throws RevisionConflict */
  async #removeSlice<T extends Stored>(from: Collection<T>, each: readonly T[]): Promise<void> {
    const byRevision = new Map<number, string[]>();
    for (const before of each) {
      const { _id, revision } = before;
      this.#note(from, { collection: from.name, id: _id, op: 'remove', before });
      const alike = byRevision.get(revision);
      if (alike === undefined) byRevision.set(revision, [_id]);
      else alike.push(_id);
    }
    const operations = [...byRevision].map(([revision, ids]) => ({
      deleteMany: { filter: { _id: { $in: ids as never[] }, revision } },
    }));
    const ids = each.map(({ _id }) => _id);
    await this.#write({ collection: from.name, kind: 'remove', ids, operations, matching: ids.length });
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
  tell(notice: Notice): void {
    this.#notices.push(notice);
  }

  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** As `insertEach`, but written last, together with other appended documents: for documents that nothing reads before. */
  insertLast<T extends Stored>(
    into: Collection<T>,
    each: readonly (Omit<T, 'revision'> & { readonly _id: string })[],
  ): void {
    if (each.length === 0) return;
    const docs = each.map((fields) => ({ ...fields, revision: 1 }) as unknown as T);
    this.#noteInserts(into, docs);
    const appended = this.#appendedTo(into);
    for (const doc of docs) appended.push(doc);
  }

  /** Sets what later transactions will do, if this one only begins it. The plan then covers that. */
  foresee(foreseen: Foreseen): void {
    this.#foreseen = foreseen;
  }

  get foreseen(): Foreseen | undefined {
    return this.#foreseen;
  }

  /**
   * Adds a document about the change, such as a stored answer. It is not in the change list, and is committed only together
   * with a record.
   *
   * @throws TypeError for a collection that is not bookkeeping of this kind; change_too_big when the document is larger
   *   than one can be
   */
  append<T extends Stored>(into: Collection<T>, doc: T): void {
    assertBookkeeping(into.name, 'attached');
    const bytes = bsonSize(doc);
    if (bytes > MAX_DOCUMENT_BYTES) throw changeTooBig('The call', bytes, MAX_DOCUMENT_BYTES);
    this.#appendedTo(into).push(doc);
    this.#hasAttached = true;
    const place = `${into.name}/${doc._id}`;
    this.#known.write(place, doc);
    if (this.#shared.reserved.has(place)) this.#shared.reserved.set(place, true);
  }

  /**
   * Reserves the id of a document that is appended later, before anything else is done. If two transactions reserve the
   * same id, one of them conflicts here and runs again after the other.
   *
   * @throws TypeError for a collection that is not bookkeeping of this kind
   */
  async reserve(into: AnyCollection, id: string): Promise<void> {
    assertBookkeeping(into.name, 'attached');
    this.#shared.reserved.set(`${into.name}/${id}`, false);
    await this.#writeNow(insertionOf(into, [{ _id: id, revision: 0 }]));
  }

  /**
   * Adds the audit record of the changes to the document with the records of everything that commits together.
   *
   * @param covered the changes in the record: all that are {@link unrecorded}
   * @param grown creates that document, adds the record to it, or begins another one if it has become too large
   * @throws UnrecordedChangesError when the record leaves changes out
   */
  record<T extends Stored>(into: Collection<T>, covered: readonly Change[], grown: (present: T | undefined) => T): T {
    const expected = this.unrecorded;
    if (covered.length !== expected.length || covered.some((change, i) => change !== expected[i])) {
      throw new UnrecordedChangesError(expected.filter((change) => !covered.includes(change)));
    }
    const docs = this.#appendedTo(into);
    const present = docs.at(-1);
    const doc = grown(present);
    docs[present?._id === doc._id ? docs.length - 1 : docs.length] = doc;
    this.#recorded = this.#changes.length;
    this.#hasRecord = true;
    return doc;
  }

  /**
   * Stores some of the changes of the record that follows, if they are too many for one document. It is written at once, so
   * that not all parts are in memory.
   */
  async recordPart<T extends Stored>(into: Collection<T>, part: T): Promise<void> {
    assertIntact(into, [part]);
    this.#hasAttached = true;
    await this.#writeNow(insertionOf(into, [part]));
  }

  #appendedTo<T extends Stored>(into: Collection<T>): T[] {
    this.#assertOpen();
    this.#touched = true;
    this.#isSent = true;
    const { appended } = this.#shared;
    const present = appended.get(into.name);
    if (present !== undefined) return present.docs as T[];
    const docs: T[] = [];
    appended.set(into.name, { docs, check: () => assertIntact(into, docs) });
    return docs;
  }

  /**
   * The last check before the commit: in each unit of work every change except bookkeeping is in an audit record, and no
   * write is unfinished.
   *
   * @throws UnrecordedChangesError, which is always a bug
   */
  assertRecorded(): void {
    for (const unit of [this, ...this.#units]) {
      if (unit.#inFlight > 0) throw new TypeError('a write of the transaction was not waited for');
      const missing = unit.unrecorded.filter(({ collection }) => !isBookkeeping(collection, 'inside'));
      if (missing.length > 0 || (unit.#hasAttached && !unit.#hasRecord)) throw new UnrecordedChangesError(missing);
    }
    for (const [place, completed] of this.#shared.reserved) {
      if (!completed) throw new TypeError(`${place} was reserved and never appended`);
    }
  }

  /** Sends the writes of all units of work that were not sent yet. @throws OutOfTurn, RevisionConflict */
  async sendWrites(): Promise<void> {
    const { queue, reader } = this.#shared;
    const units = [this, ...this.#units];
    const pending = queue === undefined ? this.#pending.take() : merged(units.map((unit) => unit.#pending.take()));
    if (pending.length > 0) await send(reader.db, this.#session, pending);
    for (const unit of units) for (const place of unit.#written) this.#written.add(place);
  }

  /** Sends what was not sent yet, and then the appended documents, last before the commit. */
  async flush(): Promise<void> {
    await this.sendWrites();
    const { appended, reserved } = this.#shared;
    for (const [name, { docs, check }] of appended) {
      check();
      const raw = this.#database.db.collection<Document>(name);
      const isReserved = ({ _id }: Stored) => reserved.has(`${name}/${_id}`);
      for (const doc of docs.filter(isReserved)) {
        await raw.replaceOne({ _id: doc._id as never }, doc as Document, { session: this.#session });
      }
      const others = docs.filter((doc) => !isReserved(doc));
      if (others.length > 0) await raw.insertMany(others as never[], { session: this.#session });
    }
  }

  /** Refuses every further write, which the driver would carry out outside the MongoDB transaction. */
  end(): void {
    this.#shared.ended = true;
  }

  async #write(write: Write): Promise<void> {
    this.#assertOpen();
    this.#touched = true;
    this.#pending.add(write);
    // A record gets an id by the time of the server, which the first answer tells.
    const isFirst = this.#session.clusterTime === undefined;
    if (isFirst || this.#pending.operations >= MAX_PENDING) await this.#sendPending(write.collection);
  }

  async #sendPending(collection: string): Promise<void> {
    if (this.#shared.queue !== undefined) throw new OutOfTurn(`${collection} is to be read after it was written`);
    await this.#sending(this.#pending.take());
  }

  /** Writes what must be on the server before anything else is. */
  async #writeNow(write: Write): Promise<void> {
    this.#assertOpen();
    this.#touched = true;
    await this.#sending([write]);
  }

  async #sending(writes: readonly Write[]): Promise<void> {
    this.#isSent = true;
    this.#inFlight += 1;
    try {
      const { queue, reader } = this.#shared;
      const work = () => send(reader.db, this.#session, writes);
      await (queue === undefined ? work() : queue.run(work));
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

  /** Lists a change that is about to be written. @throws change_too_big when the record could not hold it too */
  #note(of: AnyCollection, change: Change): void {
    this.#written.add(`${of.name}/${change.id}`);
    const told = asRecorded(of, change, (value) => this.#database.keyedDigest(value));
    const bytes = changeSize(change);
    this.#bytes += told === change ? bytes : changeSize(told);
    if (this.#bytes > this.#maxBytes) throw changeTooBig('The call', this.#bytes, this.#maxBytes);
    this.#shared.written += bytes;
    this.#changes.push(told);
  }
}

/** One attempt at a transaction. */
export interface Attempt {
  readonly now: Date;
  readonly dryRun: boolean;
  /** Numbers drawn by earlier attempts, so that a conflict wastes none. */
  readonly drawn: DrawnNumbers;
  readonly collided?: string | undefined;
  /** How many units of work, including this one, are still to come in the same transaction and may draw numbers. */
  readonly batchSize?: number;
  /** Whether the units of work {@link Transaction.beside} run side by side instead of in turn. */
  readonly sideBySide?: boolean;
}

/** What a job will do later. */
export interface Foreseen {
  /** What the plan's hash covers, whichever page of it is shown. */
  readonly sealed: unknown;
  /** What a dry run returns besides the hash. */
  readonly shown: { readonly changes: readonly Change[] } & Readonly<Record<string, unknown>>;
}

/** The numbers that the attempts of one transaction have drawn, in order. */
export type DrawnNumbers = DrawnNumber[];

interface Shared {
  readonly reader: DatabaseReader;
  /** Set if units of work run side by side: their commands go to the server one after the other. */
  readonly queue: CommandQueue | undefined;
  /** Appended documents by collection, checked and sent together before the commit. */
  readonly appended: Map<string, Appended>;
  /** Whether each reserved document was appended, by `collection/id`. */
  readonly reserved: Map<string, boolean>;
  /** Bytes of BSON that were changed. */
  written: number;
  /** Set once it committed or aborted. */
  ended: boolean;
}

interface Appended {
  readonly docs: Stored[];
  /** Throws if one of them would not be read back as required. */
  readonly check: () => void;
}

function sharedIn(database: Database, session: ClientSession, sideBySide: boolean): Shared {
  const queue = sideBySide ? new CommandQueue() : undefined;
  const reader = database.readerIn(session, queue);
  return { reader, queue, appended: new Map(), reserved: new Map(), written: 0, ended: false };
}

function insertionOf({ name }: AnyCollection, docs: readonly Stored[]): Write {
  const operations = docs.map((document) => ({ insertOne: { document: document as never } }));
  return { collection: name, kind: 'insert', ids: docs.map(({ _id }) => _id), operations, matching: 0 };
}

const sameCounter = (a: Counter, b: Counter) => a.collection === b.collection && a.id === b.id;

/** A transaction would have committed changes that are in no audit record, which is a bug. */
export class UnrecordedChangesError extends Error {
  constructor(changes: readonly Change[]) {
    const places = changes.slice(0, 5).map(({ collection, id }) => `${collection}/${id}`);
    super(`the transaction has changes without an audit record: ${places.join(', ') || 'attached documents'}`);
  }
}
