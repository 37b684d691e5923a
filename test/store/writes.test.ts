import type { ClientSession, Db } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { collection, type Stored } from '../../src/store/collection.ts';
import {
  claims,
  insertionOf,
  merged,
  OutOfTurn,
  PendingWrites,
  RevisionConflict,
  send,
  type Write,
} from '../../src/store/writes.ts';

const books = collection<Stored>('books', {
  indexes: [
    { key: { shelf: 1, title: 1 }, unique: true },
    { key: { isbn: 1 }, unique: true, partialFilterExpression: { lent: true } },
    { key: { author: 1 } },
  ],
});
const plain = collection<Stored>('plain');

const write = (kind: Write['kind'], id: string, more: Partial<Write> = {}): Write => ({
  ...{ collection: 'books', kind, ids: [id], operations: [], matching: 1, claims: false },
  ...more,
});

it('an insertion has all of its documents, matches none, and claims keys where there are unique ones', () => {
  const docs = [
    { _id: 'a', revision: 1 },
    { _id: 'b', revision: 1 },
  ];
  expect(insertionOf(books, docs)).toEqual({
    ...{ collection: 'books', kind: 'insert', ids: ['a', 'b'], matching: 0, claims: true },
    operations: docs.map((document) => ({ insertOne: { document } })),
  });
  expect(insertionOf(plain, docs).claims).toBe(false);
});

it.each([
  [['title'], true],
  [['shelf'], true],
  [['isbn'], true],
  // Whether a document is in a partial index decides too.
  [['lent'], true],
  [['author'], false],
  [['pages', 'title'], true],
  [['pages'], false],
  [[], false],
])('a change of %j claims a key: %s', (paths, claimed) => {
  expect(
    claims(
      books,
      paths.map((path) => ({ path, before: 1, after: 2 })),
    ),
  ).toBe(claimed);
});

it('writes wait in order, are counted by their operations, and are taken once', () => {
  const pending = new PendingWrites();
  const [one, two] = [
    write('insert', 'a', { operations: [{}, {}] as never }),
    write('touch', 'b', { operations: [{}] as never }),
  ];
  expect([pending.isOf('books'), pending.operations, pending.take()]).toEqual([false, 0, []]);
  pending.add(one);
  pending.add(two);
  expect([pending.isOf('books'), pending.isOf('plain'), pending.operations]).toEqual([true, false, 3]);
  expect(pending.take()).toEqual([one, two]);
  expect([pending.isOf('books'), pending.operations, pending.take()]).toEqual([false, 0, []]);
});

describe('what is sent', () => {
  const session = {} as ClientSession;
  /** Sends to a server on which so many documents match. */
  async function sent(writes: readonly Write[], matched: Record<string, readonly [updated: number, removed: number]>) {
    const calls: unknown[] = [];
    const db = {
      collection: (name: string) => ({
        bulkWrite: async (operations: unknown, options: unknown) => {
          calls.push([name, operations, options]);
          const [matchedCount = 0, deletedCount = 0] = matched[name] ?? [];
          return { matchedCount, deletedCount };
        },
      }),
    } as unknown as Db;
    await send(db, session, writes);
    return calls;
  }

  it('goes out by collection, in order, within the session', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name })) as never[];
    const writes = [
      write('update', 'x', { operations: [a] as never }),
      write('insert', 'y', { collection: 'plain', operations: [b] as never, matching: 0 }),
      write('remove', 'z', { operations: [c] as never, matching: 2 }),
    ];
    expect(await sent(writes, { books: [1, 2] })).toEqual([
      ['books', [a, c], { session }],
      ['plain', [b], { session }],
    ]);
  });

  it.each<[readonly Write[], readonly [number, number], string]>([
    [[write('update', 'x')], [0, 0], 'books/x changed since it was read'],
    [[write('update', 'x'), write('update', 'y')], [1, 0], 'books/one of 2 changed since it was read'],
    [[write('remove', 'x', { ids: ['x', 'y'], matching: 2 })], [0, 1], 'books/one of 2 changed since it was read'],
    [[write('update', 'x')], [1, 1], 'books/x changed since it was read'],
  ])('conflicts where other documents match than were read: %j, %j', async (writes, matched, message) => {
    const sending = sent(writes, { books: matched });
    await expect(sending).rejects.toBeInstanceOf(RevisionConflict);
    await expect(sending).rejects.toThrow(message);
  });
});

describe('writes of units that ran side by side', () => {
  const kinds = (writes: readonly Write[]) => writes.map(({ kind, ids }) => `${kind} ${ids.join()}`);

  it('go out together: what frees a key before what takes one, and otherwise in order', () => {
    const units = [
      [write('insert', 'a'), write('remove', 'b'), write('update', 'c')],
      [write('insert', 'd'), write('touch', 'e'), write('remove', 'f')],
    ];
    expect(kinds(merged(units))).toEqual(['update c', 'touch e', 'remove b', 'remove f', 'insert a', 'insert d']);
  });

  it('touch a document once, whoever relies on it', () => {
    expect(kinds(merged([[write('touch', 'a')], [write('touch', 'a')], [write('touch', 'b')]]))).toEqual([
      'touch a',
      'touch b',
    ]);
  });

  it('may touch and update one document in the same unit, since each raises the revision', () => {
    for (const [first, second] of [
      ['touch', 'update'],
      ['update', 'touch'],
      ['update', 'update'],
      ['touch', 'touch'],
    ] as const) {
      expect(merged([[write(first, 'a'), write(second, 'a')]])).toHaveLength(2);
    }
  });

  it('of documents of one id in two collections are writes of two documents', () => {
    expect(merged([[write('insert', 'a')], [write('insert', 'a', { collection: 'plain' })]])).toHaveLength(2);
  });

  it.each<[string, Write[][]]>([
    ['two units update one document', [[write('update', 'a')], [write('update', 'a')]]],
    ['one updates what another touches', [[write('touch', 'a')], [write('update', 'a')]]],
    ['one touches what another updates', [[write('update', 'a')], [write('touch', 'a')]]],
    [
      'one touches what another touches and updates',
      [[write('touch', 'a'), write('update', 'a')], [write('touch', 'a')]],
    ],
    ['two units insert one document', [[write('insert', 'a')], [write('insert', 'a')]]],
    ['a unit updates what it inserted', [[write('insert', 'a'), write('update', 'a')]]],
    ['a unit inserts what it removed', [[write('remove', 'a'), write('insert', 'a')]]],
    ['a unit removes what it updated', [[write('update', 'a'), write('remove', 'a')]]],
    [
      'one of several documents is written by another',
      [[write('insert', 'a', { ids: ['a', 'b'] })], [write('update', 'c', { ids: ['c', 'b'] })]],
    ],
  ])('must run in turn where %s', (_, units) => {
    expect(() => merged(units)).toThrow(OutOfTurn);
    expect(() => merged(units)).toThrow('books is written twice');
  });
});
