import { collections } from '../../src/server/assemble.ts';
import { stamp } from '../../src/store/migrations/format.ts';
import { formatAfter, migrations } from '../../src/store/migrations/index.ts';
import { withFiles } from '../../src/store/setup.ts';
import { emptyDatabase } from './emptied.ts';
import { sharedClient } from './sharedClient.ts';

const declared = new Set(withFiles(collections).map(({ name }) => name));

/** Empties a database that a service had, for the next one. */
export async function prepareAgain(name: string): Promise<void> {
  const db = (await sharedClient()).db(name);
  await emptyDatabase(db, (collection) => declared.has(collection));
  // Without this document it would count as one of the first format.
  await stamp(db, formatAfter(migrations), 'test');
}
