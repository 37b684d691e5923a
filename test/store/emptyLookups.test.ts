import { afterAll, beforeAll, expect, it } from 'vitest';
import { collection, type Stored } from '../../src/store/collection.ts';
import type { Database } from '../../src/store/database.ts';
import { transact } from '../../src/store/transact.ts';
import { openDatabase } from '../support/database.ts';
import { profiled } from '../support/profile.ts';

interface Thing extends Stored {
  readonly kind: string;
}

const things = collection<Thing>('things');

let database: Database;
beforeAll(async () => {
  database = await openDatabase([things]);
  await database.db.collection<Thing>('things').insertOne({ _id: 'one', revision: 1, kind: 'k' });
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

const NONE = { kind: 'k', _id: { $in: [] } };
const ONE = { kind: 'k', _id: { $in: ['one'] } };

const reads: [string, (filter: typeof NONE | typeof ONE) => Promise<unknown>][] = [
  ['find', async (filter) => (await database.find(things, filter)).length],
  ['parts', async (filter) => (await database.parts(things, filter, { fields: ['kind'] })).length],
  ['count', (filter) => database.count(things, filter)],
  [
    'find in a transaction',
    (filter) => transact(database, { now: () => new Date() }, async (tx) => (await tx.find(things, filter)).length),
  ],
];

it.each(reads)('%s of one of no values asks the server for nothing', async (_, read) => {
  const asked = await profiled(database.db, ['things'], async () => expect(await read(NONE)).toBe(0));
  expect(asked).toEqual([]);
});

it.each(reads)('%s of one value asks it', async (_, read) => {
  const asked = await profiled(database.db, ['things'], async () => expect(await read(ONE)).toBe(1));
  expect(asked).not.toEqual([]);
});
