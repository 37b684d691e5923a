import type { Document, IndexDescription } from 'mongodb';
import { asRead } from './asRead.ts';

/** What every stored document has. `revision` rises by one with every change and guards each update. */
export interface Stored {
  readonly _id: string;
  readonly revision: number;
}

/** A collection, declared once, in the room that owns it. */
export interface Collection<T extends Stored> {
  readonly name: string;
  readonly indexes: readonly IndexDescription[];
  /**
   * Lists whose items have a key, such as `{ admins: 'principal' }`: a change to one item is written and recorded as that
   * item alone.
   */
  readonly keyedLists: Readonly<Record<string, string>>;
  /** Fields whose values are never in a change list, and so never in the answer of a dry run or in the audit. */
  readonly secrets: readonly string[];
  /** Fields that may be long and never change: change lists have keyed digests of long values. */
  readonly long: readonly string[];
  /** Fields with digests of stored content, which never change: change lists have keyed digests of them. */
  readonly digests: readonly string[];
  /**
   * Checks a document whose stored form matters, such as one with a hash. It is called before the document is stored, with
   * the form in which it will be read, and throws if it must not be stored.
   */
  assertIntact?(read: T): void;
  /** Never set: only its type is used. */
  readonly type?: T;
}

/** A collection of any documents: what the store needs to know about it. */
export type AnyCollection = Omit<Collection<Stored>, 'type'>;

export function collection<T extends Stored>(
  name: string,
  options: Partial<
    Pick<Collection<T>, 'indexes' | 'keyedLists' | 'secrets' | 'long' | 'digests' | 'assertIntact'>
  > = {},
): Collection<T> {
  return { name, indexes: [], keyedLists: {}, secrets: [], long: [], digests: [], ...options };
}

/** Checks documents before they are stored, if their collection declares a check. @throws what the check throws */
export function assertIntact<T extends Stored>(into: Collection<T>, docs: readonly T[]): void {
  if (into.assertIntact !== undefined) for (const doc of docs) into.assertIntact(asRead(doc));
}

/** A MongoDB filter. Values from callers may stand in it only as validated scalars. */
export type Filter = Document;

/** Some fields of a document, with its id and revision, which guard updates. */
export type Part<T extends Stored, K extends keyof T> = Pick<T, K | '_id' | 'revision'>;

/** What to read of each document. */
export interface Wanted<K extends string> {
  readonly fields: readonly K[];
  /** Read only the items with these keys of these keyed lists. */
  readonly items?: Readonly<Record<string, readonly string[]>>;
  /** Leave out these text fields if they take more bytes in UTF-8. */
  readonly upTo?: Readonly<Record<string, number>>;
}

export interface FindOptions {
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit?: number;
  /** Stop after this many bytes of BSON; at least one document is returned. */
  readonly maxBytes?: number;
  /** How many matching documents to skip. */
  readonly skip?: number;
  /** The name of the index to use, if the server would otherwise compare several. */
  readonly hint?: string;
  /**
   * Sort the wanted parts instead of the documents: for a sort without an index over many large documents. For `parts` only.
   */
  readonly sortsParts?: true;
  /** The plan does not depend on the result. Only in a transaction. */
  readonly aside?: true;
  /** Read only what a majority of the replica set has, which no failover can undo. Only outside transactions. */
  readonly committed?: true;
}

/** The interface for reads, inside a transaction (where reads are noted for the plan) and outside. */
export interface Reader {
  /** The document with this id, or null. */
  get<T extends Stored>(from: Collection<T>, id: string): Promise<T | null>;
  /** The documents that match, at most `limit`. */
  find<T extends Stored>(from: Collection<T>, filter: Filter, options?: FindOptions): Promise<T[]>;
  /** As `find`, but only the wanted part of each document: for documents that may be large. */
  parts<T extends Stored, K extends keyof T & string>(
    from: Collection<T>,
    filter: Filter,
    wanted: Wanted<K> & FindOptions,
  ): Promise<Part<T, K>[]>;
  /** How many documents match; more than `limit` are not counted. */
  count(from: AnyCollection, filter: Filter, limit?: number): Promise<number>;
  /** How many of the documents that match have each value of a field. */
  countBy(from: AnyCollection, field: string, filter: Filter): Promise<ReadonlyMap<unknown, number>>;
  /** Every name under which audit records may name documents of this collection, before a migration moved them; its own first. */
  aliasesOf(collection: string): readonly string[];
  /** The different values that a field, or the items of a list, have in the documents that match; indexed ones only. */
  distinct(from: AnyCollection, field: string, filter: Filter): Promise<unknown[]>;
}

/** A filter with an undefined value would match documents that lack the field, or all: always a bug. */
export function assertNoUndefined(filter: Filter): void {
  for (const [key, value] of Object.entries(filter)) {
    if (value === undefined) throw new TypeError(`the filter's value for ${key} is undefined`);
    if (value === null || typeof value !== 'object') continue;
    if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) assertNoUndefined(value);
  }
}
