import type { Db, Document } from 'mongodb';
import type { TestHouse } from './house.ts';
import { withDocuments } from './withDocuments.ts';

/** The documents of each collection, in the order in which they were stored. */
export type Contents = ReadonlyMap<string, readonly Document[]>;

/** All that a house has stored. Its records must not be sealed: the log knows them by their places in the oplog. */
export async function contentsOf({ database, settled }: TestHouse): Promise<Contents> {
  await settled();
  await database.counters.keepSpare();
  const { db } = database;
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const filled = await withDocuments(db, names);
  // Numbers keep their types.
  const read = (name: string) => db.collection(name).find({}, { promoteValues: false }).sort({ $natural: 1 }).toArray();
  const contents = await Promise.all(filled.map(async (name) => [name, await read(name)] as const));
  return new Map(contents);
}

/** Stores these contents in an empty database. */
export async function copyContents(db: Db, contents: Contents): Promise<void> {
  await Promise.all([...contents].map(([name, documents]) => db.collection(name).insertMany([...documents])));
}
