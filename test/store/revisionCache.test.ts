import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { collection, type Reader, type Stored } from '../../src/store/collection.ts';
import { Database } from '../../src/store/database.ts';
import { RevisionCache } from '../../src/store/revisionCache.ts';

interface Thing extends Stored {
  readonly kind: string;
  readonly value: number;
  readonly items: readonly { key: string; n: number }[];
}

const things = collection<Thing>('things', { keyedLists: { items: 'key' } });
const wanted = { fields: ['kind', 'value', 'items'] as const, items: { items: ['a'] } };
const EVEN = { kind: { $eq: 'even' } };

let database: Database;
beforeAll(async () => {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  database = await Database.connect({ uri: inject('mongoUri'), database: name });
  await database.db.collection<Thing>(things.name).insertMany(
    Array.from({ length: 50 }, (_, i) => ({
      _id: `t${i}`,
      revision: 1,
      kind: i % 2 === 0 ? 'even' : 'odd',
      value: i,
      items: [
        { key: 'a', n: i },
        { key: 'b', n: -i },
      ],
    })),
  );
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

/** The database, telling which documents' parts were read. */
function watched(): Reader & { read: string[] } {
  const read: string[] = [];
  const watching = Object.create(database) as Reader & { read: string[] };
  watching.read = read;
  watching.parts = async (from, filter, wanted) => {
    const found = await database.parts(from, filter, wanted);
    if (wanted.fields.length > 0) read.push(...found.map((doc) => doc._id));
    return found;
  };
  return watching;
}

const bump = (id: string, set: object) =>
  database.db.collection<Thing>(things.name).updateOne({ _id: id }, { $set: set, $inc: { revision: 1 } });

describe('what is remembered by its revision', () => {
  it('is read once, and again when it has changed', async () => {
    const reader = watched();
    const cache = RevisionCache.of(reader);
    const list = () => cache.parts(things, EVEN, { ...wanted, sort: { value: 1 } });
    const plain = () => database.parts(things, EVEN, { ...wanted, sort: { value: 1 } });
    expect(await list()).toEqual(await plain());
    expect(reader.read).toHaveLength(25);
    reader.read.length = 0;
    expect(await list()).toEqual(await plain());
    expect(reader.read).toEqual([]);
    await bump('t4', { items: [{ key: 'a', n: 99 }] });
    await bump('t6', { kind: 'odd' });
    await bump('t7', { kind: 'even' });
    expect(await list()).toEqual(await plain());
    expect(reader.read.sort()).toEqual(['t4', 't7']);
  });

  it('is told apart by what was wanted of it', async () => {
    const reader = watched();
    const cache = RevisionCache.of(reader);
    const filter = { _id: { $eq: 't1' } };
    await cache.parts(things, filter, wanted);
    const other = { ...wanted, items: { items: ['b'] } };
    expect(await cache.parts(things, filter, other)).toEqual(await database.parts(things, filter, other));
  });

  it('never differs from what the database has, while it changes all the time', async () => {
    const cache = RevisionCache.of(database);
    let going = true;
    const changing = (async () => {
      for (let i = 0; going; i += 1) await bump(`t${i % 50}`, { kind: i % 3 === 0 ? 'even' : 'odd', value: i });
    })();
    for (let round = 0; round < 200; round += 1) {
      for (const { kind } of await cache.parts(things, EVEN, wanted)) expect(kind).toBe('even');
    }
    going = false;
    await changing;
    const sorted = { sort: { _id: 1 } } as const;
    expect(await cache.parts(things, EVEN, { ...wanted, ...sorted })).toEqual(
      await database.parts(things, EVEN, { ...wanted, ...sorted }),
    );
  });
});

it('only what is committed is remembered, and what changed while it was read is read again under the filter', async () => {
  const head = { _id: 'a', revision: 1 };
  const later = { _id: 'a', revision: 2, kind: 'odd' };
  const last = { _id: 'b', revision: 1, kind: 'even' };
  const parts = vi.fn<(...args: unknown[]) => Promise<object[]>>();
  for (const answer of [[head], [later], [last]]) parts.mockResolvedValueOnce(answer);
  const cache = new RevisionCache({ parts } as unknown as Reader);
  expect(await cache.parts(things, EVEN, { fields: ['kind'], limit: 5 })).toEqual([last]);
  expect(parts.mock.calls.slice(1)).toEqual([
    [things, { _id: { $in: ['a'] } }, { fields: ['kind'], committed: true }],
    [things, EVEN, { fields: ['kind'], limit: 5 }],
  ]);
});
