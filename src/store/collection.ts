import type { Document, IndexDescription } from 'mongodb';

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
  /** Never set: only its type is used. */
  readonly type?: T;
}

/** A collection of whatever documents: what the store needs to know of it. */
export type AnyCollection = Omit<Collection<Stored>, 'type'>;

export function collection<T extends Stored>(
  name: string,
  options: Partial<Pick<Collection<T>, 'indexes' | 'keyedLists' | 'secrets'>> = {},
): Collection<T> {
  return { name, indexes: [], keyedLists: {}, secrets: [], ...options };
}

/** A MongoDB filter. Values from callers may stand in it only as validated scalars. */
export type Filter = Document;

/** How rooms read: the same inside a transaction (where what is read is noted for the plan) and outside of one. */
export interface Reader {
  /** The document with this id, or null. */
  get<T extends Stored>(from: Collection<T>, id: string): Promise<T | null>;
  /** The documents that match, at most `limit`. */
  find<T extends Stored>(
    from: Collection<T>,
    filter: Filter,
    options?: { readonly sort?: Record<string, 1 | -1>; readonly limit?: number },
  ): Promise<T[]>;
}

/** A filter with an undefined value would match documents that lack the field, or all: always a bug. */
export function assertNoUndefined(filter: Filter): void {
  for (const [key, value] of Object.entries(filter)) {
    if (value === undefined) throw new TypeError(`the filter's value for ${key} is undefined`);
    if (value === null || typeof value !== 'object') continue;
    if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) assertNoUndefined(value);
  }
}
