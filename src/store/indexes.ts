import { type Db, type Document, type IndexDescription, MongoServerError } from 'mongodb';
import { isUnauthorized, saidBy, UnfitDatabaseError } from './unfitDatabase.ts';

/** A collection and its declared indexes. */
export interface Indexed {
  readonly name: string;
  readonly indexes: readonly IndexDescription[];
}

/** How many collections are checked in parallel; more would need more connections than the pool starts with. */
const PARALLEL = 4;

/** What {@link ensureCollections} has made: a collection with its indexes, or only indexes that were missing. */
export interface Made {
  readonly collection: string;
  readonly isNew: boolean;
  readonly indexes: number;
}

/**
 * Creates missing collections and indexes. If none is missing, it only reads.
 *
 * @throws UnfitDatabaseError if an index cannot be created, or if the account may not do what is necessary
 */
export async function ensureCollections(db: Db, collections: readonly Indexed[]): Promise<readonly Made[]> {
  try {
    const present = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
    const isPresent = ({ name }: Indexed) => present.has(name);
    const made: Made[] = [];
    for (const missing of collections.filter((c) => !isPresent(c))) {
      await db.createCollection(missing.name).catch(ignoreExisting);
      await createIndexes(db, missing);
      made.push({ collection: missing.name, isNew: true, indexes: missing.indexes.length });
    }
    const left = collections.filter((c) => isPresent(c) && c.indexes.length > 0);
    const checkNext = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const indexes = await missingIndexes(db, next);
        if (indexes.length === 0) continue;
        await createIndexes(db, { ...next, indexes });
        made.push({ collection: next.name, isNew: false, indexes: indexes.length });
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, checkNext));
    return made;
  } catch (error) {
    throw isUnauthorized(error) ? notSetUp(db.databaseName, error) : error;
  }
}

/** Tells the operator what to do about an account with the rights of the service, which make no collections. */
const notSetUp = (database: string, error: MongoServerError) =>
  new UnfitDatabaseError(
    `The database ${database} lacks collections, indexes or rights of this version of Steward, and the account that is ` +
      "used may not make them: run steward setup-database with the account of the database's owner, then start again; " +
      `the server says: ${saidBy(error)}`,
  );

/** Drops these indexes of collections that have them. An account that may not do that keeps them. */
export async function dropIndexes(db: Db, collections: readonly Indexed[]): Promise<void> {
  for (const { name, indexes } of collections) {
    try {
      await db.command({ dropIndexes: name, index: indexes.map((index) => named(index).name) });
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
    }
  }
}

async function createIndexes(db: Db, { name, indexes }: Indexed): Promise<void> {
  if (indexes.length === 0) return;
  try {
    await db.collection(name).createIndexes([...indexes]);
  } catch (error) {
    throw unfitIndex(error, `${db.databaseName}.${name}`);
  }
}

/** The declared indexes that do not exist exactly as declared. The server compares those with the name of another. */
async function missingIndexes(db: Db, { name, indexes }: Indexed): Promise<readonly IndexDescription[]> {
  const found = await db.collection(name).listIndexes().toArray();
  const present = new Set(found.map(({ v: _, ns: __, ...index }) => textOf(index)));
  return indexes.filter((index) => !present.has(textOf(named(index))));
}

/** An index with the name that the driver would give it. */
export const named = (index: IndexDescription) => ({ ...index, name: index.name ?? defaultName(index) });

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
