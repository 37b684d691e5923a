import { expect, inject, it } from 'vitest';
import { Database } from '../../../src/store/database.ts';
import { restoreFixture } from './fixture.ts';

it('the fixture of format 1 has documents in every collection of its time, and their indexes', async () => {
  const database = await Database.connect({ uri: inject('mongoUri'), database: `test_fixture_${process.pid}` });
  await restoreFixture(database.db, 1);
  const names = (await database.db.listCollections({}, { nameOnly: true }).toArray()).map((c) => c.name);
  const empty = [];
  for (const name of names) if ((await database.db.collection(name).countDocuments()) === 0) empty.push(name);
  expect(names.length).toBe(30);
  expect(empty).toEqual(['leases']);
  expect((await database.db.collection('resources').indexes()).length).toBeGreaterThan(3);
  expect(await database.db.collection('principals').findOne({ username: 'ann' })).toMatchObject({
    revision: 1,
    _id: 'ann',
  });
  await database.db.dropDatabase();
  await database.close();
});
