import type { Document, IndexDescription } from 'mongodb';
import { asRead } from './asRead.ts';

/** The fields of every stored document. `revision` rises by one with every change and guards updates. */
export interface Stored {
  readonly _id: string;
  readonly revision: number;
}

/** How a collection is spread over the shards of a cluster: see shards.ts. */
export interface Sharding {
  /** Every unique index begins with it, since each shard keeps only its own documents unique. */
  readonly key: Readonly<Record<string, 1 | 'hashed'>>;
  /** A phrase for operators. */
  readonly why: string;
}

/** A collection, declared once by the code that owns it. */
export interface Collection<T extends Stored> {
  readonly name: string;
  readonly indexes: readonly IndexDescription[];
  /**
   * Lists whose items have a key, such as `{ admins: 'principal' }`. A change of one item is written and recorded without
   * the rest of the list.
   */
  readonly keyedLists: Readonly<Record<string, string>>;
  /** Fields whose values are left out of change lists, and so of dry runs and of the audit. */
  readonly secrets: readonly string[];
  /** Fields with personal data. Change lists hold HMACs of their values. */
  readonly sensitive: readonly string[];
  /** Fields that may be long and never change. Change lists hold keyed digests of long values. */
  readonly long: readonly string[];
  /** Fields that hold digests of stored content and never change. Change lists hold keyed digests of them. */
  readonly digests: readonly string[];
  /** Fields that only the service needs, such as counters and marks. People are shown changes without them. */
  readonly internal: readonly string[];
  /** Documents are never changed or removed, and the role of the service's account forbids it: see serviceRole.ts. */
  readonly insertOnly: boolean;
  /** Absent for a collection that stays on one shard. */
  readonly sharding?: Sharding;
  /**
   * Checks a document whose stored form matters, such as one with a hash. It is called before storing, with the document
   * as it will be read later, and throws if it must not be stored.
   */
  assertIntact?(read: T): void;
  /** Never set; it carries the type parameter. */
  readonly type?: T;
}

/** A collection of any type of document. */
export type AnyCollection = Omit<Collection<Stored>, 'type'>;

export function collection<T extends Stored>(
  name: string,
  options: Partial<
    Pick<
      Collection<T>,
      | 'indexes'
      | 'keyedLists'
      | 'secrets'
      | 'sensitive'
      | 'long'
      | 'digests'
      | 'internal'
      | 'insertOnly'
      | 'sharding'
      | 'assertIntact'
    >
  > = {},
): Collection<T> {
  const lists = { indexes: [], keyedLists: {}, secrets: [], sensitive: [], long: [], digests: [], internal: [] };
  return { name, ...lists, insertOnly: false, ...options };
}

/** Checks documents before they are stored, if their collection declares a check. @throws what the check throws */
export function assertIntact<T extends Stored>(into: Collection<T>, docs: readonly T[]): void {
  if (into.assertIntact !== undefined) for (const doc of docs) into.assertIntact(asRead(doc));
}

/** A MongoDB filter. It may contain callers' values only as validated scalars. */
export type Filter = Document;

/** Some fields of a document, with its id and revision, which guard updates. */
export type Part<T extends Stored, K extends keyof T> = Pick<T, K | '_id' | 'revision'>;

/** A period of time, with its end. */
export interface Period {
  /** Absent for the beginning of time. */
  readonly after?: Date;
  readonly until: Date;
}

/** What to read of each document. */
export interface Wanted<K extends string> {
  readonly fields: readonly K[];
  /** Read only the items with these keys of these keyed lists. */
  readonly items?: Readonly<Record<string, readonly string[]>>;
  /** Read only the items of these keyed lists whose `expires` is in this period. */
  readonly expiring?: Readonly<Record<string, Period>>;
  /** Leave out these text fields if they are longer than this many bytes of UTF-8. */
  readonly upTo?: Readonly<Record<string, number>>;
}

export interface FindOptions {
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit?: number;
  /** Stop after this many bytes of BSON; at least one document is returned. */
  readonly maxBytes?: number;
  /** How many matching documents to skip. */
  readonly skip?: number;
  /** The name of the index to use, so that the server does not compare several. */
  readonly hint?: string;
  /**
   * Project before sorting, for sorts of many large documents without an index. For `parts` only.
   */
  readonly sortsParts?: true;
  /**
   * The server sends a list of values for each field instead of documents, which costs a tenth where these are many and
   * small. Every document must have the fields. For `parts` only, without `items` and `upTo`.
   */
  readonly packed?: true;
  /** The plan does not depend on the result. Only in a transaction. */
  readonly untracked?: true;
  /** Read only data that a majority of the replica set has, which no failover can undo. Only outside transactions. */
  readonly committed?: true;
}

/** The interface for reads, inside a transaction (where reads are noted for the plan) and outside. */
export interface Reader {
  /** The document with this id, or null. */
  get<T extends Stored>(from: Collection<T>, id: string): Promise<T | null>;
  /** The documents that match, at most `limit`. */
  find<T extends Stored>(from: Collection<T>, filter: Filter, options?: FindOptions): Promise<T[]>;
  /** As `find`, but reads only the wanted part of each document, which may be large. */
  parts<T extends Stored, K extends keyof T & string>(
    from: Collection<T>,
    filter: Filter,
    wanted: Wanted<K> & FindOptions,
  ): Promise<Part<T, K>[]>;
  /** How many documents match, counting up to `limit`. */
  count(from: AnyCollection, filter: Filter, limit?: number): Promise<number>;
  /** The number of matching documents for each value of a field. */
  countBy(from: AnyCollection, field: string, filter: Filter): Promise<ReadonlyMap<unknown, number>>;
  /** Every collection name under which audit records may list documents of this collection; its own first. Migrations move documents. */
  aliasesOf(collection: string): readonly string[];
  /**
   * Notes that the call named this document, for the record of a privileged call. Absent where nothing is noted.
   *
   * @param place `<collection>/<id>`
   * @param owners the principals who own it, if they were read
   */
  readonly witness?: (place: string, owners?: readonly string[]) => void;
  /** The reader behind this one. */
  readonly wrapped?: Reader;
  /** The distinct values of a field, or of the items of a list, in the matching documents; for indexed fields only. */
  distinct(from: AnyCollection, field: string, filter: Filter): Promise<unknown[]>;
}

/** A filter with an undefined value is a bug: it would match documents that lack the field, or all documents. */
export function assertNoUndefined(filter: Filter): void {
  for (const [key, value] of Object.entries(filter)) {
    if (value === undefined) throw new TypeError(`the filter's value for ${key} is undefined`);
    if (value === null || typeof value !== 'object') continue;
    if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) assertNoUndefined(value);
  }
}
