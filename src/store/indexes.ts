import { type Db, type Document, type IndexDescription, MongoServerError } from 'mongodb';
import { UnfitDatabaseError } from './unfitDatabase.ts';

/** A collection and its declared indexes. */
export interface Indexed {
  readonly name: string;
  readonly indexes: readonly IndexDescription[];
}

/** How many collections are checked in parallel; more would need more connections than the pool starts with. */
const PARALLEL = 4;

/**
 * Creates missing collections and indexes. If none is missing, it only reads.
 *
 * @throws UnfitDatabaseError if an index cannot be created
 */
export async function ensureCollections(db: Db, collections: readonly Indexed[]): Promise<void> {
  const present = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  const isPresent = ({ name }: Indexed) => present.has(name);
  for (const { name, indexes } of collections.filter((c) => !isPresent(c))) {
    await db.createCollection(name).catch(ignoreExisting);
    await createIndexes(db, { name, indexes });
  }
  const left = collections.filter((c) => isPresent(c) && c.indexes.length > 0);
  const checkNext = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (!(await hasIndexes(db, next))) await createIndexes(db, next);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, checkNext));
}

async function createIndexes(db: Db, { name, indexes }: Indexed): Promise<void> {
  if (indexes.length === 0) return;
  try {
    await db.collection(name).createIndexes([...indexes]);
  } catch (error) {
    throw unfitIndex(error, `${db.databaseName}.${name}`);
  }
}

/** True if all declared indexes exist exactly as declared. Otherwise the server compares them. */
async function hasIndexes(db: Db, { name, indexes }: Indexed): Promise<boolean> {
  const found = await db.collection(name).listIndexes().toArray();
  const present = new Set(found.map(({ v: _, ns: __, ...index }) => textOf(index)));
  return indexes.every((index) => present.has(textOf({ ...index, name: index.name ?? defaultName(index) })));
}

/** Sorts the options, whose order does not matter, but not the fields of the key. */
const textOf = (index: Document) => JSON.stringify(Object.entries(index).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The default index name of the driver. */
const defaultName = ({ key }: IndexDescription) => Object.entries(key).flat().join('_');

function ignoreExisting(error: unknown): void {
  if (!(error instanceof MongoServerError && error.code === 48)) throw error;
}

/** Tells the operator what to do about a conflicting index or about documents that violate it. */
function unfitIndex(error: unknown, collectionName: string): unknown {
  if (!(error instanceof MongoServerError) || !INDEX_FAULTS.includes(error.code)) return error;
  const cause =
    error.code === DUPLICATE_KEY
      ? 'documents have the same value where each must have its own; remove all but one of them'
      : 'there is another index with its name or its fields, made by hand or by another program; drop that index';
  return new UnfitDatabaseError(
    `An index of the collection ${collectionName} cannot be made: ${cause}, and start again; the server says: ${error.message}`,
  );
}

const DUPLICATE_KEY = 11000;
/** IndexOptionsConflict and IndexKeySpecsConflict. */
const INDEX_FAULTS: readonly unknown[] = [85, 86, DUPLICATE_KEY];
