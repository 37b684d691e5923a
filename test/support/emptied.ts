import type { Db } from 'mongodb';
import { withDocuments } from './withDocuments.ts';

/**
 * Empties a database for the next test: to make all collections and indexes anew takes far longer.
 *
 * @param isKept whether a collection is kept, and not dropped
 */
export async function emptyDatabase(db: Db, isKept: (collection: string) => boolean): Promise<void> {
  const present = await db.listCollections().toArray();
  // A test may keep a profile of what is asked.
  if (present.some(({ name }) => name === 'system.profile')) await db.command({ profile: 0 });
  const kept = present.filter(({ name }) => isKept(name));
  // Asks only where there is something to take away: most tests write to few of the collections.
  const filled = await withDocuments(
    db,
    kept.map(({ name }) => name),
  );
  await Promise.all([
    ...present.filter((c) => !kept.includes(c)).map(({ name }) => db.dropCollection(name)),
    // A test may have the server refuse what is written.
    ...kept
      .filter((c) => 'options' in c && c.options?.validator !== undefined)
      .map(({ name }) => db.command({ collMod: name, validator: {} })),
    ...filled.map((name) => db.collection(name).deleteMany({})),
  ]);
}
