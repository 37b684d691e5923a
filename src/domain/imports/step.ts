import type { BeforeAfter } from '../../store/bulk.ts';
import type { Collection, Stored } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';
import type { ForeignDatabase, ForeignDocument } from '../../store/foreignDatabase.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { Contents } from '../objects/content.ts';
import type { Blobs } from './blobs.ts';
import type { Exclusions } from './exclusions.ts';
import { tableOf } from './kbaseTables.ts';
import { assertMapped } from './mapping.ts';
import type { Position } from './progress.ts';

/** The databases that an import reads, and what it leaves out. */
export interface Sources {
  /** KBase's workspace database. */
  readonly workspace: ForeignDatabase;
  /** KBase's database of type specifications. */
  readonly types: ForeignDatabase;
  readonly blobs: Blobs;
  readonly excluded: Exclusions;
}

export interface StepContext extends Sources {
  readonly database: Database;
  readonly contents: Contents;
}

/** The ids of users by their names. */
export type UserIds = (name: string) => string;

/** A document of the source, and its place in the order in which the step reads. */
export interface Item {
  readonly document: ForeignDocument;
  readonly at: Position;
}

/** What an import does with one collection: it reads in a fixed order, and writes some documents at a time. */
export interface Step {
  readonly name: string;
  /** The collection that it reads, by which its length is estimated. */
  readonly collection: string;
  readonly database: 'workspace' | 'types';
  /** What comes after this position, without what is left out, some items at a time. */
  read(sources: Sources, after: Position | undefined): AsyncIterable<readonly Item[]>;
  /** Reads what else belongs to these documents, outside of the transaction, which may run several times. */
  prepare(context: StepContext, items: readonly Item[]): Promise<Prepared>;
}

/** A step that makes one document of each that it reads. */
export interface DocumentStep extends Step {
  readonly into: Collection<Stored>;
  /** What these documents become. It reads what else belongs to them. */
  convert(sources: Sources, items: readonly Item[]): Promise<Converted<Stored>>;
  /** The key in KBase of a document here. */
  sourceOf(document: Stored): ForeignDocument;
}

export interface Converted<T extends Stored> {
  /** The names of the users that are named. */
  readonly users: readonly string[];
  documents(idOf: UserIds): readonly Wanted<T>[];
}

export type Wanted<T extends Stored> = Omit<T, 'revision'> & { readonly _id: string };

export interface Prepared {
  /** The names of the users that are named. */
  readonly users: readonly string[];
  write(tx: Transaction, idOf: UserIds, isFormer: (name: string) => boolean): Promise<Written>;
}

export interface Written {
  readonly added: number;
  readonly changed: number;
}

interface DeclaredStep<T extends Stored> extends Omit<DocumentStep, 'into' | 'convert' | 'prepare' | 'sourceOf'> {
  readonly into: Collection<T>;
  convert(sources: Sources, items: readonly Item[]): Promise<Converted<T>>;
  sourceOf(document: T): ForeignDocument;
  /** Fields that a later run removes if they are not given any more. */
  readonly removable?: readonly (keyof T)[];
  /** What is written outside of the transaction. */
  beside?(context: StepContext, items: readonly Item[]): Promise<void>;
  /** Frees unique keys that others here still have, if the transaction failed because one of them is taken. */
  freeKeys?(tx: Transaction, wanted: readonly Wanted<T>[]): Promise<void>;
}

/** A step whose documents are inserted, or updated if they differ. */
export function documentStep<T extends Stored>(declared: DeclaredStep<T>): DocumentStep {
  const { removable = [] } = declared;
  return {
    ...(declared as unknown as DocumentStep),
    async prepare(context, items) {
      const { users, documents } = await declared.convert(context, items);
      await declared.beside?.(context, items);
      return {
        users,
        async write(tx, idOf) {
          const wanted = documents(idOf);
          if (tx.collided !== undefined) await declared.freeKeys?.(tx, wanted);
          return writeDocuments(tx, declared.into, { wanted, removable });
        },
      };
    },
  };
}

/** The documents of a collection in the order of these fields, after a position, some at a time. */
export async function* readInOrder(
  from: ForeignDatabase,
  collection: string,
  { keys, after, filter = {} }: { keys: readonly string[]; after?: Position | undefined; filter?: object },
): AsyncGenerator<Item[]> {
  const [first = '_id'] = keys;
  const begin = after === undefined ? {} : { [first]: { $gte: after[0] } };
  const sort = Object.fromEntries(keys.map((key) => [key, 1 as const]));
  for await (const page of from.pages(collection, { filter: { ...filter, ...begin }, sort })) {
    const items = page.map((document) => ({ document, at: keys.map((key) => document[key] as string | number) }));
    yield after === undefined ? items : items.filter(({ at }) => isAfter(at, after));
  }
}

function isAfter(at: Position, other: Position): boolean {
  for (const [i, value] of at.entries()) {
    const bound = other[i] ?? value;
    if (value !== bound) return value > bound;
  }
  return false;
}

/**
 * Inserts the documents that are missing, and updates those that differ. Fields that are not given stay, but for those
 * in `removable`.
 */
export async function writeDocuments<T extends Stored>(
  tx: Transaction,
  into: Collection<T>,
  {
    wanted,
    removable = [],
  }: {
    readonly wanted: readonly Wanted<T>[];
    readonly removable?: readonly (keyof T)[];
  },
): Promise<Written> {
  const found = await tx.find(into, { _id: { $in: wanted.map(({ _id }) => _id) } });
  const byId = new Map(found.map((one) => [one._id, one]));
  const missing = wanted.filter(({ _id }) => !byId.has(_id));
  await tx.insertEach(into, missing);
  const before = tx.changes.length;
  const changes: BeforeAfter<T>[] = [];
  for (const doc of wanted) {
    const present = byId.get(doc._id);
    if (present === undefined) continue;
    const kept = Object.fromEntries(Object.entries(present).filter(([field]) => !removable.includes(field as keyof T)));
    changes.push({ before: present, after: { ...kept, ...doc } as unknown as T });
  }
  await tx.updateEach(into, changes);
  return { added: missing.length, changed: tx.changes.length - before };
}

/** Some documents of a collection, each checked against its table. */
export async function* checked(
  sources: Pick<Sources, 'workspace' | 'types'>,
  collection: string,
  filter: object = {},
): AsyncGenerator<ForeignDocument> {
  const table = tableOf(collection);
  for await (const document of sources[table.database].read(collection, { filter })) {
    assertMapped(table, document);
    yield document;
  }
}

/** The same, which must be few, all at once. */
export async function checkedDocuments(...[sources, collection, filter]: Parameters<typeof checked>) {
  const found: ForeignDocument[] = [];
  for await (const document of checked(sources, collection, filter)) found.push(document);
  return found;
}

/** A field that the table has checked to be a text. */
export const text = (document: ForeignDocument, field: string): string => String(document[field] ?? '');

/** A field that the table has checked to be a number. */
export const number = (document: ForeignDocument, field: string): number => Number(document[field] ?? 0);

/** Metadata, of which each item has its key and value in `k` and `v`. */
export const metaOf = (value: unknown): { key: string; value: string }[] =>
  ((value ?? []) as { k: string; v: string }[]).map(({ k, v }) => ({ key: k, value: v }));
