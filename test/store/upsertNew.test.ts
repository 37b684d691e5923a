import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { contents } from '../../src/domain/objects/content.ts';
import { Database } from '../../src/store/database.ts';

let database: Database;
beforeAll(async () => {
  database = await Database.connect({ uri: inject('mongoUri'), database: `test_${randomUUID().replaceAll('-', '')}` });
  await database.prepare([contents]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

const [early, late] = [new Date(1_000), new Date(2_000)];
const content = (id: string, createdAt: Date, size: number) => ({ id, raise: { createdAt }, insert: { size } });

it('documents that are new are inserted, and of those that are there only what is to be raised changes', async () => {
  await database.upsertNew(contents, [content('a', early, 1), content('b', late, 2)]);
  await database.upsertNew(contents, [content('c', early, 3), content('a', late, 9), content('b', early, 9)]);
  const found = await database.find(contents, {}, { sort: { _id: 1 } });
  expect(found).toEqual([
    { _id: 'a', revision: 1, size: 1, createdAt: late },
    { _id: 'b', revision: 1, size: 2, createdAt: late },
    { _id: 'c', revision: 1, size: 3, createdAt: early },
  ]);
});

it('a document that cannot be stored is an error, and is not taken for one that is there', async () => {
  const unfit = { id: 'd', raise: {}, insert: { inline: new Uint8Array(17_000_000) } };
  await expect(database.upsertNew(contents, [content('a', late, 1), unfit])).rejects.toThrow();
  expect(await database.get(contents, 'd')).toBeNull();
});
