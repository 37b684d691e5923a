import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { collection, type FindOptions, type Stored } from '../../src/store/collection.ts';
import { Database } from '../../src/store/database.ts';

interface Thing extends Stored {
  readonly kind: string;
  readonly at: Date;
  readonly note?: string;
}

/** More than a packed answer holds. */
const MANY = 50_010;
const things = collection<Thing>('things', { indexes: [{ key: { kind: 1, _id: 1 }, name: 'kind' }] });

let database: Database;
beforeAll(async () => {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  database = await Database.connect({ uri: inject('mongoUri'), database: name });
  await database.prepare([things]);
  const at = new Date(0);
  const thing = (i: number) => ({ _id: `t${String(i).padStart(6, '0')}`, revision: i % 7, kind: `k${i % 3}`, at });
  await database.db.collection<Thing>('things').insertMany(Array.from({ length: 600 }, (_, i) => thing(i)));
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

const some = { kind: { $in: ['k0', 'k2'] } };

it.each<[string, FindOptions]>([
  ['all', { sort: { _id: 1 } }],
  ['some in reverse', { sort: { _id: -1 }, limit: 17 }],
  ['a page', { sort: { kind: 1, _id: 1 }, skip: 30, limit: 40, hint: 'kind' }],
  ['those that a majority has', { sort: { _id: 1 }, committed: true }],
  ['those after the last', { sort: { _id: 1 }, skip: 10_000 }],
])('a packed read has the documents of any other, in the same order: %s', async (_, options) => {
  const wanted = { fields: ['kind', 'at'] as const, ...options };
  const plain = await database.parts(things, some, wanted);
  expect(await database.parts(things, some, { ...wanted, packed: true })).toEqual(plain);
});

it('a document that lacks a wanted field is never given the value of another', async () => {
  await database.db.collection<Thing>('things').updateOne({ _id: 't000004' }, { $set: { note: 'here' } });
  await expect(database.parts(things, {}, { fields: ['note'], packed: true })).rejects.toThrow('lacks a field');
});

it('more documents than one answer holds are read all the same', async () => {
  const many = Array.from({ length: MANY }, (_, i) => ({ _id: `m${i}`, revision: 1, kind: 'many', at: new Date(0) }));
  await database.db.collection<Thing>('things').insertMany(many);
  const found = await database.parts(things, { kind: { $eq: 'many' } }, { fields: [], packed: true });
  expect(new Set(found.map(({ _id }) => _id)).size).toBe(MANY);
});
