import type { AnyBulkWriteOperation, ClientSession, Db, Document } from 'mongodb';
import type { FieldChange } from './changes.ts';
import type { AnyCollection, Stored } from './collection.ts';

/** Writes to one collection that are sent together, each guarded by the revision of its document. */
export interface Write {
  readonly collection: string;
  readonly kind: 'touch' | 'update' | 'remove' | 'insert';
  /** The ids of the documents. */
  readonly ids: readonly string[];
  readonly operations: readonly AnyBulkWriteOperation<Document>[];
  /** How many documents the operations must match in total; inserts match none. */
  readonly matching: number;
  /** Whether the server may refuse it because a unique key is taken. */
  readonly claims: boolean;
}

/** The document has changed since it was read: the body runs again. */
export class RevisionConflict extends Error {
  constructor(collection: string, id: string) {
    super(`${collection}/${id} changed since it was read`);
  }
}

/** Calls cannot run side by side in this transaction, because one depends on the order of writes: they run in turn. */
export class OutOfTurn extends Error {}

/** Writes that were not sent to the server yet, in order. */
export class PendingWrites {
  #writes: Write[] = [];
  #operations = 0;

  get operations(): number {
    return this.#operations;
  }

  add(write: Write): void {
    this.#writes.push(write);
    this.#operations += write.operations.length;
  }

  isOf(collection: string): boolean {
    return this.#writes.some((write) => write.collection === collection);
  }

  /** Returns all writes and clears the queue. */
  take(): readonly Write[] {
    const taken = this.#writes;
    this.#writes = [];
    this.#operations = 0;
    return taken;
  }
}

export function insertionOf(into: AnyCollection, docs: readonly Stored[]): Write {
  const operations = docs.map((document) => ({ insertOne: { document: document as never } }));
  const ids = docs.map(({ _id }) => _id);
  return { collection: into.name, kind: 'insert', ids, operations, matching: 0, claims: uniqueKeys(into).length > 0 };
}

/** The fields that decide whether a unique key is claimed. */
const uniqueKeys = ({ indexes }: AnyCollection) =>
  indexes.flatMap(({ unique, key, partialFilterExpression }) =>
    unique ? Object.keys({ ...key, ...partialFilterExpression }) : [],
  );

/** Whether the change of these fields can be refused because a unique key is taken. */
export const claims = (of: AnyCollection, fields: readonly FieldChange[]) =>
  fields.some(({ path }) => uniqueKeys(of).includes(path));

/**
 * Sends the writes, those of each collection together and in order.
 *
 * @throws RevisionConflict
 */
export async function send(db: Db, session: ClientSession, writes: readonly Write[]): Promise<void> {
  for (const collection of new Set(writes.map((write) => write.collection))) {
    const together = writes.filter((write) => write.collection === collection);
    const operations = together.flatMap((write) => write.operations);
    const { matchedCount, deletedCount } = await db.collection<Document>(collection).bulkWrite(operations, { session });
    const matching = together.reduce((sum, write) => sum + write.matching, 0);
    if (matchedCount + deletedCount === matching) continue;
    const ids = together.flatMap((write) => write.ids);
    throw new RevisionConflict(collection, ids.length === 1 ? (ids[0] ?? '') : `one of ${ids.length}`);
  }
}

/** Removals go before inserts, which may need a unique key that a removal frees, such as a name. */
const RANKS: Readonly<Record<Write['kind'], number>> = { touch: 0, update: 0, remove: 1, insert: 2 };

/**
 * Merges the writes of units of work that ran side by side without seeing each other's writes. A document that several
 * units touch is touched once.
 *
 * @throws OutOfTurn if two units write the same document, or one unit writes a document again after inserting or removing it
 */
export function merged(units: readonly (readonly Write[])[]): readonly Write[] {
  const writers = new Map<string, { readonly unit: number; readonly kind: Write['kind'] }>();
  const kept: Write[] = [];
  for (const [unit, writes] of units.entries()) {
    for (const write of writes) {
      const { collection, kind } = write;
      const places = write.ids.map((id) => `${collection}/${id}`);
      const present = places.flatMap((place) => writers.get(place) ?? []);
      const isTouched = kind === 'touch' && present.some((other) => other.kind === 'touch');
      if (isTouched && present.every((other) => other.unit !== unit)) continue;
      if (present.some((other) => other.unit !== unit || !isUpdate(other.kind) || !isUpdate(kind))) {
        throw new OutOfTurn(`${collection} is written twice`);
      }
      for (const place of places) writers.set(place, { unit, kind });
      kept.push(write);
    }
  }
  return kept.toSorted((a, b) => RANKS[a.kind] - RANKS[b.kind]);
}

const isUpdate = (kind: Write['kind']) => kind === 'touch' || kind === 'update';
