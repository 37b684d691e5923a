import { type Db, type Document, type IndexDescription, MongoServerError } from 'mongodb';
import { UnfitDatabaseError } from './unfitDatabase.ts';

/** A collection with the indexes that it is to have. */
export interface Indexed {
  readonly name: string;
  readonly indexes: readonly IndexDescription[];
}

/** So many collections are looked at together: more would need more connections than the service begins with. */
const TOGETHER = 4;

/**
 * Creates the collections and their indexes where they are missing. Where all are there, it only reads, and that of
 * several collections at once.
 *
 * @throws UnfitDatabaseError where an index cannot be made
 */
export async function ensureCollections(db: Db, collections: readonly Indexed[]): Promise<void> {
  const present = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  const isPresent = ({ name }: Indexed) => present.has(name);
  for (const { name, indexes } of collections.filter((c) => !isPresent(c))) {
    await db.createCollection(name).catch(ignoreExisting);
    await createIndexes(db, { name, indexes });
  }
  const left = collections.filter((c) => isPresent(c) && c.indexes.length > 0);
  const lookAtNext = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (!(await hasIndexes(db, next))) await createIndexes(db, next);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, lookAtNext));
}

async function createIndexes(db: Db, { name, indexes }: Indexed): Promise<void> {
  if (indexes.length === 0) return;
  try {
    await db.collection(name).createIndexes([...indexes]);
  } catch (error) {
    throw unfitIndex(error, `${db.databaseName}.${name}`);
  }
}

/** True where each of the indexes is there, exactly as it is declared. The server decides about all others. */
async function hasIndexes(db: Db, { name, indexes }: Indexed): Promise<boolean> {
  const found = await db.collection(name).listIndexes().toArray();
  const present = new Set(found.map(({ v: _, ns: __, ...index }) => textOf(index)));
  return indexes.every((index) => present.has(textOf({ ...index, name: index.name ?? defaultName(index) })));
}

/** Options have no order; the fields of the key do. */
const textOf = (index: Document) => JSON.stringify(Object.entries(index).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The name that the driver gives to an index without one. */
const defaultName = ({ key }: IndexDescription) => Object.entries(key).flat().join('_');

function ignoreExisting(error: unknown): void {
  if (!(error instanceof MongoServerError && error.code === 48)) throw error;
}

/** Another index has the name or the fields, or documents do not fit: what the operator can do about it. */
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
