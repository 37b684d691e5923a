import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { collection, type Stored } from '../../src/store/collection.ts';
import { Database } from '../../src/store/database.ts';

interface Thing extends Stored {
  readonly name: string;
  readonly level: number;
}
const living = { level: { $exists: true } } as const;
const things = collection<Thing>('things', {
  indexes: [
    { key: { name: 1, level: -1 }, name: 'named' },
    { key: { level: 1 } },
    { key: { name: 1 }, unique: true, partialFilterExpression: living, name: 'living' },
  ],
});
const plain = collection<Thing>('plain');

let database: Database;
beforeAll(async () => {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  database = await Database.connect({ uri: inject('mongoUri'), database: name });
  await database.prepare([things, plain]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

const indexNames = async () => (await database.db.collection('things').indexes()).map(({ name }) => name).sort();

/** The commands that a start sends to make collections and indexes. */
async function made(work: () => Promise<void>): Promise<string[]> {
  await database.db.command({ profile: 2 });
  await work();
  await database.db.command({ profile: 0 });
  const profile = database.db.collection('system.profile');
  const entries = await profile.find({ 'command.createIndexes': { $exists: true } }).toArray();
  await profile.drop();
  return entries.map(({ command }) => command.createIndexes);
}

it('a second start makes no index that is there already', async () => {
  expect(await made(() => database.prepare([things, plain]))).toEqual([]);
});

it('an index that is missing is made again, and it alone', async () => {
  for (const name of ['living', 'level_1']) {
    await database.db.collection('things').dropIndex(name);
    expect(await made(() => database.prepare([things, plain]))).toEqual(['things']);
    expect(await indexNames()).toEqual(['_id_', 'level_1', 'living', 'named']);
  }
  await database.db.collection('files.chunks').dropIndexes();
  expect(await made(() => database.prepare([things, plain]))).toEqual(['files.chunks']);
});

it.each([
  ['its name', { key: { level: 1 }, name: 'other' }],
  ['the order of its fields', { key: { level: -1, name: 1 }, name: 'named' }],
  ['the direction of a field', { key: { name: 1, level: 1 }, name: 'named' }],
  ['that its values are unique', { key: { level: 1 }, unique: true }],
  ['for which documents it is', { key: { name: 1 }, unique: true, name: 'living' }],
])('an index that differs from the declared one in %s is refused, not taken for it', async (_, index) => {
  const changed = collection<Thing>('things', { indexes: [index as (typeof things.indexes)[number]] });
  await expect(database.prepare([changed])).rejects.toThrow(
    /^An index of the collection test_\w+\.things cannot be made:/,
  );
  expect(await indexNames()).toEqual(['_id_', 'level_1', 'living', 'named']);
});
