import type { Document } from 'mongodb';
import type { AnyCollection, Collection, FindOptions, Part, Reader, Stored, Wanted } from './collection.ts';
import type { DatabaseReader } from './databaseReader.ts';
import { KnownDocuments } from './knownDocuments.ts';
import type { MongoTransaction } from './mongoTransaction.ts';
import { Reliance } from './reliance.ts';
import { UnitWrites } from './unitWrites.ts';
import { type NamedDocuments, noteNamed } from './witness.ts';

/**
 * The reading half of a transaction. Reads see the snapshot from its beginning and its own writes; those that the plan of
 * a dry run depends on are noted with the revision that was read.
 */
export abstract class TransactionReads implements Reader {
  protected readonly mongo: MongoTransaction;
  protected readonly writes: UnitWrites;
  protected readonly known: KnownDocuments;
  protected readonly reliance: Reliance;
  readonly #reads = new Map<string, number>();
  #named: NamedDocuments = new Map();

  /** @param beside another unit of work of the same MongoDB transaction */
  constructor(mongo: MongoTransaction, beside: TransactionReads | undefined) {
    this.mongo = mongo;
    const inTurn = mongo.queue === undefined ? beside : undefined;
    this.writes = new UnitWrites(mongo, inTurn?.writes);
    this.known = inTurn === undefined ? new KnownDocuments(beside?.known) : inTurn.known;
    this.reliance = beside === undefined ? new Reliance() : beside.reliance;
  }

  /** The revision of each document read, by `collection/id`; 0 if there was none. */
  get reads(): ReadonlyMap<string, number> {
    return this.#reads;
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

  async get<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const place = `${from.name}/${id}`;
    const found = await this.peek(from, id);
    if (!this.#reads.has(place)) this.#reads.set(place, found?.revision ?? 0);
    return found;
  }

  /** As `get`, but the plan does not depend on the result: for reads of the gate. */
  async peek<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const place = `${from.name}/${id}`;
    const known = this.known.get(place);
    if (known !== undefined) return known as T | null;
    await this.writes.settle(from.name, this.known.isUnsure(place));
    const found = await this.mongo.reader.get(from, id);
    this.known.read(place, found);
    return found;
  }

  /** As `peek`, for documents that the caller's right depends on: they are read again if they are too old at the commit. */
  async rely<T extends Stored>(from: Collection<T>, id: string): Promise<T | null> {
    const found = await this.peek(from, id);
    this.reliance.on(from, id, found);
    return found;
  }

  async find<T extends Stored>(from: Collection<T>, filter: Document, options: FindOptions = {}): Promise<T[]> {
    const found = await (await this.#readerOf(from)).find(from, filter, options);
    return options.untracked ? found : this.#noted(from, found);
  }

  async parts<T extends Stored, K extends keyof T & string>(
    from: Collection<T>,
    filter: Document,
    wanted: Wanted<K> & FindOptions,
  ): Promise<Part<T, K>[]> {
    const found = await (await this.#readerOf(from)).parts(from, filter, wanted);
    return wanted.untracked ? found : this.#noted(from, found);
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
    return this.mongo.database.aliasesOf(collection);
  }

  /** A reader that sees the writes of this unit of work to the collection. */
  async #readerOf({ name }: AnyCollection): Promise<DatabaseReader> {
    await this.writes.settle(name);
    return this.mongo.reader;
  }

  #noted<P extends Stored>(from: AnyCollection, found: P[]): P[] {
    for (const { _id, revision } of found) {
      const place = `${from.name}/${_id}`;
      if (!this.#reads.has(place)) this.#reads.set(place, revision);
    }
    return found;
  }
}
