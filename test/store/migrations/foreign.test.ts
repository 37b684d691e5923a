import { expect, it } from 'vitest';
import { FormatError } from '../../../src/store/migrations/format.ts';
import { previewMigration } from '../../../src/store/migrations/migrate.ts';
import { formatDocument, migrated, never, scratchDatabase } from './scratch.ts';

const collectionsIn = async (database: Awaited<ReturnType<Awaited<ReturnType<typeof scratchDatabase>>['connect']>>) =>
  (await database.db.listCollections({}, { nameOnly: true }).toArray()).map((c) => c.name).sort();

it.each([
  [
    ['workspaces', 'workspaceACLs', 'workspaceObjVersions', 'workspaceObjects', 'workspaceCounter', 'admins', 'config'],
    /^The database \S+ holds collections of a KBase Workspace Service \(workspaceACLs, workspaceObjVersions, workspaceCounter, and 4 more\); .*mongodb-database.*steward import kbase/s,
  ],
  [['orders'], /^The database \S+ holds collections of another application \(orders\); .*mongodb-database/s],
  [['admins'], /^The database \S+ holds collections of another application \(admins\); /],
])('a database that holds %j is refused, and stays as it is', async (names, sentence) => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect();
  for (const name of names) await database.db.createCollection(name);
  const refused = expect.objectContaining({ message: expect.stringMatching(sentence) });
  await expect(migrated(database)).rejects.toEqual(refused);
  await expect(migrated(database)).rejects.toBeInstanceOf(FormatError);
  const options = { database, program: '2.0.0-test', signal: never, report: () => undefined };
  await expect(previewMigration(options)).rejects.toEqual(refused);
  expect(await collectionsIn(database)).toEqual([...names].sort());
});

it('what another application adds later to a database of ours does not keep it from starting', async () => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect();
  await migrated(database);
  await database.db.createCollection('orders');
  expect(await migrated(database)).toEqual([]);
  expect(await formatDocument(database)).not.toBeNull();
});
