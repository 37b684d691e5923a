import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { collection, type Filter, type FindOptions, type Stored } from '../../src/store/collection.ts';
import { Database } from '../../src/store/database.ts';
import { DatabaseReader } from '../../src/store/databaseReader.ts';
import { GatheredReads, lookupOf, type Source } from '../../src/store/gatheredReads.ts';

interface Book extends Stored {
  readonly shelf: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly lent: boolean;
}
const books = collection<Book>('books', {
  indexes: [
    { key: { shelf: 1, title: 1 }, name: 'book_title', unique: true },
    { key: { code: 1 }, name: 'book_code', unique: true, partialFilterExpression: { lent: true } },
    { key: { isbn: 1 }, name: 'book_isbn', unique: true, partialFilterExpression: { isbn: { $exists: true } } },
  ],
});

describe('lookups', () => {
  const source: Source = { collection: 'books', others: {}, field: '_id', options: {} };
  const byId = (ids: readonly string[]) => ids.filter((id) => id !== 'absent').map((_id) => ({ _id }));

  it('that begin in the same turn are read as one, each value once, and each gets its own documents', async () => {
    const read: (readonly string[])[] = [];
    const gathered = new GatheredReads(async (_, values) => {
      read.push(values);
      return byId(values);
    });
    const found = await Promise.all(
      [['a'], ['b', 'a'], ['absent'], ['c', 'absent']].map((values) => gathered.find({ source, values })),
    );
    expect(found).toEqual([[{ _id: 'a' }], [{ _id: 'b' }, { _id: 'a' }], [], [{ _id: 'c' }]]);
    expect(read).toEqual([['a', 'b', 'absent', 'c']]);
  });

  it('are never answered by a read that was sent before they began', async () => {
    const sent: { readonly values: readonly string[]; readonly answer: () => void }[] = [];
    const gathered = new GatheredReads((_, values) => {
      return new Promise((resolve) => sent.push({ values, answer: () => resolve(byId(values)) }));
    });
    const first = gathered.find({ source, values: ['a'] });
    await expect.poll(() => sent.length).toBe(1);
    const second = gathered.find({ source, values: ['a'] });
    sent[0]?.answer();
    await first;
    await expect.poll(() => sent.length).toBe(2);
    sent[1]?.answer();
    expect(await second).toEqual([{ _id: 'a' }]);
  });

  it('of other fields, other collections or other conditions are read apart', async () => {
    const read: Source[] = [];
    const gathered = new GatheredReads(async (from) => {
      read.push(from);
      return [];
    });
    const others: Source[] = [
      { ...source, collection: 'shelves' },
      { ...source, others: { lent: false } },
      { ...source, options: { projection: { title: 1 } } },
      { ...source, options: { committed: true } },
    ];
    await Promise.all([source, ...others].map((from) => gathered.find({ source: from, values: ['a'] })));
    expect(read).toHaveLength(5);
  });

  it('fail together, and with the error of their read', async () => {
    const error = new Error('the server is gone');
    const gathered = new GatheredReads(() => Promise.reject(error));
    const settled = await Promise.allSettled([
      gathered.find({ source, values: ['a'] }),
      gathered.find({ source, values: ['b'] }),
    ]);
    expect(settled.map((one) => one.status === 'rejected' && one.reason)).toEqual([error, error]);
  });

  it('go out a thousand values at a time', async () => {
    const read: number[] = [];
    const gathered = new GatheredReads(async (_, values) => {
      read.push(values.length);
      return [];
    });
    const values = (from: number) => Array.from({ length: 400 }, (_, i) => `v${from + i}`);
    await Promise.all([0, 400, 800].map((from) => gathered.find({ source, values: values(from) })));
    expect(read).toEqual([800, 400]);
  });
});

describe('a filter is a lookup', () => {
  const lookup = (filter: Filter, options: FindOptions & { readonly projection?: Filter } = {}) => {
    const found = lookupOf(books, filter, options);
    return found && [found.source.field, found.values, found.source.others];
  };

  it.each([
    [{ _id: 'a' }, ['_id', ['a'], {}]],
    [{ code: 'c', lent: true }, ['code', ['c'], { lent: true }]],
    [{ code: 'c', lent: { $eq: true } }, ['code', ['c'], { lent: { $eq: true } }]],
    [{ isbn: { $in: ['i', 'j'] } }, ['isbn', ['i', 'j'], {}]],
    [{ _id: { $eq: 'a' } }, ['_id', ['a'], {}]],
    [{ _id: { $in: ['a', 'b'] }, lent: true }, ['_id', ['a', 'b'], { lent: true }]],
    [{ shelf: { $eq: 's' }, title: { $in: ['x', 'y'] } }, ['title', ['x', 'y'], { shelf: { $eq: 's' } }]],
    [
      { shelf: { $eq: 's' }, title: 'x', lent: { $ne: true } },
      ['title', ['x'], { shelf: { $eq: 's' }, lent: { $ne: true } }],
    ],
  ])('where it names documents by a unique field: %j', (filter, expected) => {
    expect(lookup(filter)).toEqual(expected);
  });

  it.each([
    [{}],
    [{ title: 'x' }],
    [{ shelf: 's', lent: true }],
    [{ _id: { $gt: 'a' } }],
    [{ _id: { $in: ['a'], $nin: ['b'] } }],
    [{ _id: { $in: ['a', 7] } }],
    [{ _id: 'a', tags: { $in: ['t'] } }],
    [{ _id: 'a', createdAt: new Date(0) }],
    [{ $or: [{ _id: 'a' }] }],
    [{ shelf: { $in: ['s', 'r'] }, title: 'x' }],
    [{ shelf: { $ne: 's' }, title: 'x' }],
    [{ shelf: { $exists: true }, title: 'x' }],
    // Of the books that are not lent, several may have one code.
    [{ code: 'c' }],
    [{ code: 'c', lent: false }],
    [{ code: 'c', lent: { $ne: true } }],
  ])('not where it may mean anything else: %j', (filter) => {
    expect(lookup(filter)).toBeUndefined();
  });

  it('not where its options leave out, order or skip what it finds, or do not read its field', () => {
    const two = { _id: { $in: ['a', 'b'] } };
    expect(lookup(two, { limit: 2 })).toBeDefined();
    expect(lookup(two, { limit: 1 })).toBeUndefined();
    expect(lookup(two, { sort: { title: 1 } })).toBeUndefined();
    expect(lookup(two, { skip: 1 })).toBeUndefined();
    expect(lookup(two, { maxBytes: 10 })).toBeUndefined();
    const titled = { shelf: 's', title: 'x' };
    expect(lookup(titled, { projection: { title: 1 } })).toBeDefined();
    expect(lookup(titled, { projection: { lent: 1 } })).toBeUndefined();
  });
});

describe('on a database', () => {
  let database: Database;
  beforeAll(async () => {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    database = await Database.connect({ uri: inject('mongoUri'), database: name });
    await database.prepare([books]);
    const docs = Array.from({ length: 60 }, (_, i) => ({
      ...{ _id: `b${i}`, revision: 1, shelf: `s${i % 3}`, title: `t${i}`, tags: [`t${i % 5}`], lent: i % 2 === 0 },
      ...{ code: i % 2 === 0 ? `c${i}` : `c${i % 7}` },
    }));
    await database.db.collection('books').insertMany(docs as never[]);
  });
  afterAll(async () => {
    await database.db.dropDatabase();
    await database.close();
  });

  it('reads that go together find what each of them finds alone', async () => {
    const alone = new DatabaseReader({ db: database.db, migrations: [] });
    const filters: Filter[] = Array.from({ length: 400 }, (_, i) => {
      const some = [i, i + 7, i * 3].map((n) => n % 70);
      const kinds = [
        { _id: `b${i % 70}` },
        { _id: { $in: some.map((n) => `b${n}`) } },
        { _id: { $in: some.map((n) => `b${n}`) }, lent: true },
        { shelf: { $eq: `s${i % 3}` }, title: { $in: some.map((n) => `t${n}`) } },
        { shelf: `s${i % 3}`, title: { $eq: `t${i % 60}` }, lent: { $ne: false } },
        { tags: `t${i % 5}`, shelf: `s${i % 3}` },
        { code: { $in: some.map((n) => `c${n}`) } },
        { code: `c${i % 70}`, lent: true },
      ];
      return kinds[i % kinds.length] ?? {};
    });
    const ids = (found: readonly Stored[]) => found.map(({ _id }) => _id).sort();
    const together = await Promise.all(filters.map((filter) => database.find(books, filter)));
    for (const [i, filter] of filters.entries()) {
      expect(ids(together[i] ?? []), JSON.stringify(filter)).toEqual(ids(await alone.find(books, filter)));
    }
  });

  it('a read finds what was committed before it began, whatever is under way', async () => {
    for (let i = 0; i < 100; i += 1) {
      const before = Array.from({ length: 5 }, () => database.get(books, 'changing'));
      await database.db
        .collection('books')
        .updateOne({ _id: 'changing' as never }, { $set: { title: `c${i}` } }, { upsert: true });
      expect(await database.get(books, 'changing')).toMatchObject({ title: `c${i}` });
      await Promise.all(before);
    }
  });
});
