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
   * Lists whose items have a key of their own, such as `{ admins: 'principal' }`: a change to one item is sent, and
   * recorded, as that item alone.
   */
  readonly keyedLists: Readonly<Record<string, string>>;
  /** Fields whose values never enter a change list, and so neither a dry run's answer nor the audit. */
  readonly secrets: readonly string[];
  /** Fields that may be long, which never change: where one is, a change list has its keyed digest. */
  readonly long: readonly string[];
  /** Digests of what a caller stored, which never change: a change list has keyed digests of them. */
  readonly digests: readonly string[];
  /**
   * Checks a document of which something depends on how it comes back, such as a hash: called before it is stored, with
   * what will be read. It throws to have nothing stored.
   */
  assertIntact?(read: T): void;
  /** Never set: only its type is used. */
  readonly type?: T;
}

/** A collection of whatever documents: what the store needs to know of it. */
export type AnyCollection = Omit<Collection<Stored>, 'type'>;

export function collection<T extends Stored>(
  name: string,
  options: Partial<
    Pick<Collection<T>, 'indexes' | 'keyedLists' | 'secrets' | 'long' | 'digests' | 'assertIntact'>
  > = {},
): Collection<T> {
  return { name, indexes: [], keyedLists: {}, secrets: [], long: [], digests: [], ...options };
}

/** Checks documents of this collection before they are stored, where it asks for that. @throws what its check throws */
export function assertIntact<T extends Stored>(into: Collection<T>, docs: readonly T[]): void {
  if (into.assertIntact !== undefined) for (const doc of docs) into.assertIntact(asRead(doc));
}

/** A MongoDB filter. Values from callers may stand in it only as validated scalars. */
export type Filter = Document;

/** Some fields of a document, with what guards an update of them. */
export type Part<T extends Stored, K extends keyof T> = Pick<T, K | '_id' | 'revision'>;

/** What to read of each document. */
export interface Wanted<K extends string> {
  readonly fields: readonly K[];
  /** Of these keyed lists among the fields only the items with these keys. */
  readonly items?: Readonly<Record<string, readonly string[]>>;
  /** Of these text fields only those that take at most so many bytes in UTF-8; longer ones are left out. */
  readonly upTo?: Readonly<Record<string, number>>;
}

export interface FindOptions {
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit?: number;
  /** Once those found take so many bytes of BSON, the others are left out; one is always found. */
  readonly maxBytes?: number;
  /** How many of those that match are left out before the first. */
  readonly skip?: number;
  /** The name of the index to use, where the server might weigh several. */
  readonly hint?: string;
  /**
   * Sorts what is wanted of the documents, and not the documents: for a sort that no index serves, of many that may be
   * large. Has a meaning for `parts` alone.
   */
  readonly sortsParts?: true;
  /** A plan does not depend on what is found. Has no meaning outside of a transaction. */
  readonly aside?: true;
  /** Only what a majority has, and so no failover can take back. Has no meaning inside a transaction. */
  readonly committed?: true;
}

/** How rooms read: the same inside a transaction (where what is read is noted for the plan) and outside of one. */
export interface Reader {
  /** The document with this id, or null. */
  get<T extends Stored>(from: Collection<T>, id: string): Promise<T | null>;
  /** The documents that match, at most `limit`. */
  find<T extends Stored>(from: Collection<T>, filter: Filter, options?: FindOptions): Promise<T[]>;
  /** As `find`, but only what is wanted of each document: for those that may be large. */
  parts<T extends Stored, K extends keyof T & string>(
    from: Collection<T>,
    filter: Filter,
    wanted: Wanted<K>,
    options?: FindOptions,
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
