import { randomUUID } from 'node:crypto';
import { MongoServerError } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { refuse } from '../../src/base/errors.ts';
import { collection, type Stored } from '../../src/store/collection.ts';
import { Database } from '../../src/store/database.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { transactRecorded } from '../support/recorded.ts';

interface Item {
  readonly id: string;
  readonly level?: number;
}
interface Thing extends Stored {
  readonly count: number;
  readonly name?: string;
  readonly items?: readonly Item[];
}
const things = collection<Thing>('things', { keyedLists: { items: 'id' } });
const notes = collection<Stored>('jobOutcomes');
const now = () => new Date();

let database: Database;
beforeAll(async () => {
  database = await Database.connect({
    uri: inject('mongoUri'),
    database: `test_${randomUUID().replaceAll('-', '')}`,
  });
  await database.prepare([things, notes]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});
beforeEach(async () => {
  await database.db.collection('things').deleteMany({});
  await transactRecorded(database, { now }, (tx) => tx.insert(things, { _id: 't', count: 0 }));
});

const stored = () => database.get(things, 't');
async function present(tx: Transaction): Promise<Thing> {
  const found = await tx.get(things, 't');
  if (found === null) throw new Error('t is gone');
  return found;
}
const increment = async (tx: Transaction) => {
  const before = await present(tx);
  return tx.update(things, before, { ...before, count: before.count + 1 });
};

it.each([
  [257, 'TransactionTooLarge', 'change_too_big'],
  [290, 'TransactionExceededLifetimeLimitSeconds', 'took_too_long'],
  [388, 'TransactionTooLargeForCache', 'change_too_big'],
])(
  'a transaction that the server ends for its size or its age (%i, %s) is refused, at once',
  async (code, message, reason) => {
    let attempts = 0;
    const work = transactRecorded(database, { now }, async () => {
      attempts += 1;
      throw new MongoServerError({ message, code });
    });
    await expect(work).rejects.toMatchObject({ reason });
    expect(attempts).toBe(1);
  },
);

describe('a touch', () => {
  it('changes nothing that shows, and makes whoever changes the document at the same time run again', async () => {
    const before = await stored();
    let runs = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = transactRecorded(database, { now }, async (tx) => {
      runs += 1;
      const { count } = await present(tx);
      if (runs === 1) await held;
      await tx.touch(things, await present(tx));
      return { count, changes: tx.changes };
    });
    await transactRecorded(database, { now }, increment);
    release();
    expect(await slow).toEqual({ count: 1, changes: [] });
    expect(runs).toBe(2);
    expect(await stored()).toEqual({ ...before, count: 1, revision: (before?.revision ?? 0) + 2 });
  });

  it('leaves a document that can be changed afterwards in the same transaction', async () => {
    await transactRecorded(database, { now }, async (tx) => {
      await tx.touch(things, await present(tx));
      await increment(tx);
    });
    expect(await stored()).toMatchObject({ count: 1, revision: 3 });
  });
});

describe('an update', () => {
  it('raises the revision by one, however many steps it takes', async () => {
    const change = (after: Partial<Thing>) =>
      transactRecorded(database, { now }, async (tx) => {
        const before = await present(tx);
        return tx.update(things, before, { ...before, ...after });
      });
    await change({ items: [{ id: 'kept' }, { id: 'changed', level: 1 }, { id: 'dropped' }] });
    const after = { count: 5, name: 'n', items: [{ id: 'changed', level: 2 }, { id: 'kept' }, { id: 'added' }] };
    expect(await change(after)).toMatchObject({ revision: 3 });
    const { items, ...rest } = (await stored()) ?? {};
    expect(rest).toEqual({ _id: 't', revision: 3, count: 5, name: 'n' });
    expect(new Set(items)).toEqual(new Set(after.items));
  });

  it('adds, changes and drops many items of a keyed list at once, and takes a field away', async () => {
    const items = (ids: number[], level: number) => ids.map((i) => ({ id: `i${i}`, level }));
    await transactRecorded(database, { now }, async (tx) => {
      const before = await present(tx);
      const first = await tx.update(things, before, { ...before, name: 'n', items: items([1, 2, 3, 4, 5, 6], 1) });
      const { name: _, ...unnamed } = first;
      await tx.update(things, first, {
        ...unnamed,
        items: [...items([1], 1), ...items([2, 3], 2), ...items([7, 8], 1)],
      });
    });
    const found = await stored();
    expect(found).not.toHaveProperty('name');
    expect(Object.fromEntries((found?.items ?? []).map((i) => [i.id, i.level]))).toEqual({
      i1: 1,
      i2: 2,
      i3: 2,
      i7: 1,
      i8: 1,
    });
    expect(found?.items).toHaveLength(5);
  });

  it('takes keys of items as they are, whatever stands in them', async () => {
    const odd = ['a.b', '$set', '$[x]', 'a]b[c', '__proto__', 'line\nbreak', ''];
    for (const items of [odd.map((id) => ({ id, level: 1 })), odd.map((id) => ({ id, level: 2 })), []]) {
      await transactRecorded(database, { now }, async (tx) => {
        const before = await present(tx);
        await tx.update(things, before, { ...before, items });
      });
      expect((await stored())?.items).toEqual(items);
    }
  });

  it('of nothing sends nothing and is no change', async () => {
    const changes = await transactRecorded(database, { now }, async (tx) => {
      const before = await present(tx);
      await tx.update(things, before, { ...before });
      return tx.changes;
    });
    expect(changes).toEqual([]);
    expect(await stored()).toMatchObject({ revision: 1 });
  });

  it('of a document that has changed since it was read runs again, and nothing is lost', async () => {
    let attempts = 0;
    let stale = await stored();
    await transactRecorded(database, { now }, increment);
    await transactRecorded(database, { now, patienceMs: 200 }, async (tx) => {
      attempts += 1;
      if (stale === null) throw new Error('t is gone');
      await tx.update(things, stale, { ...stale, count: stale.count + 10 });
    }).catch(() => undefined);
    expect(attempts).toBeGreaterThan(1);
    expect(await stored()).toMatchObject({ count: 1, revision: 2 });

    attempts = 0;
    await transactRecorded(database, { now }, async (tx) => {
      attempts += 1;
      const before = attempts === 1 ? stale : await present(tx);
      if (before === null) throw new Error('t is gone');
      await tx.update(things, before, { ...before, count: before.count + 10 });
    });
    expect(attempts).toBe(2);
    stale = await stored();
    expect(stale).toMatchObject({ count: 11, revision: 3 });
  });

  it('that gives up after too many conflicts says so', async () => {
    const stale = { _id: 't', revision: 99, count: 0 };
    const options = { now, patienceMs: 200 };
    const done = transactRecorded(database, options, (tx) => tx.update(things, stale, { ...stale, count: 1 }));
    await expect(done).rejects.toMatchObject({ reason: 'conflict_busy' });
    await expect(transactRecorded(database, options, (tx) => tx.remove(things, stale))).rejects.toMatchObject({
      reason: 'conflict_busy',
    });
    expect(await stored()).toMatchObject({ count: 0, revision: 1 });
  });

  it.each([
    ['side by side', {}],
    ['in a lane', { lane: 'roster' }],
    ['in a wide lane', { lane: 'workspaces' }],
  ] as const)('by many at once, %s, counts every one of them', async (_, options) => {
    const many = Array.from({ length: 20 }, () => transactRecorded(database, { now, ...options }, increment));
    await Promise.all(many);
    expect(await stored()).toMatchObject({ count: 20, revision: 21 });
  });
});

describe('a lane', () => {
  it.each(['roster', 'workspaces'] as const)(
    '%s gives each call its own changes and outcome: what fails takes no other along',
    async (lane) => {
      const calls = Array.from({ length: 30 }, (_, i) =>
        transactRecorded(database, { now, lane }, async (tx) => {
          if (i % 5 === 1) throw refuse('user_unknown', `u${i}`);
          const changed = await increment(tx);
          if (i % 5 === 2) throw refuse('last_admin');
          if (i % 5 === 3) throw new TypeError('a bug');
          tx.append(notes, { _id: `n${i}`, revision: 1 });
          return { count: changed.count, changes: tx.changes };
        }),
      );
      const settled = await Promise.allSettled(calls);
      expect(
        settled.map((s) => (s.status === 'fulfilled' ? 'done' : (s.reason.reason ?? s.reason.message))).slice(0, 5),
      ).toEqual(['done', 'user_unknown', 'last_admin', 'a bug', 'done']);
      const done = settled.filter((s) => s.status === 'fulfilled').map((s) => s.value);
      expect(done).toHaveLength(12);
      expect(await stored()).toMatchObject({ count: 12, revision: 13 });
      expect(done.map((d) => d.count).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
      for (const { count, changes } of done) {
        expect(changes).toEqual([
          { collection: 'things', id: 't', op: 'update', fields: [{ path: 'count', before: count - 1, after: count }] },
        ]);
      }
      expect(await database.db.collection('jobOutcomes').countDocuments()).toBe(12);
      await database.db.collection('jobOutcomes').deleteMany({});
    },
  );
});

describe('a body that throws', () => {
  it('leaves nothing, and its error comes out as it is', async () => {
    const error = refuse('last_admin');
    const done = transactRecorded(database, { now }, async (tx) => {
      await increment(tx);
      await tx.insert(things, { _id: 'other', count: 1 });
      tx.append(notes, { _id: 'n', revision: 1 });
      throw error;
    });
    await expect(done).rejects.toBe(error);
    expect(await database.find(things, {})).toEqual([{ _id: 't', revision: 1, count: 0 }]);
    expect(await database.find(notes, {})).toEqual([]);
  });
});

describe('a dry run', () => {
  it('knows what it would do, sees it, and leaves nothing', async () => {
    const { changes, seen } = await transactRecorded(database, { now, dryRun: true }, async (tx) => {
      await increment(tx);
      await tx.insert(things, { _id: tx.newId(), count: 1 });
      tx.append(notes, { _id: 'n', revision: 1 });
      return { changes: tx.changes, seen: (await tx.find(things, {})).length };
    });
    expect(changes.map((c) => c.op)).toEqual(['update', 'insert']);
    expect(seen).toBe(2);
    expect(await database.find(things, {})).toEqual([{ _id: 't', revision: 1, count: 0 }]);
    expect(await database.find(notes, {})).toEqual([]);
  });
});

describe('an insert', () => {
  it('of a key that another made meanwhile runs again, and then sees it', async () => {
    const make = () =>
      transactRecorded(database, { now }, async (tx) => {
        const there = await tx.get(things, 'new');
        if (there !== null) return 'there';
        await tx.insert(things, { _id: 'new', count: 0 });
        return 'made';
      });
    const made = await Promise.all(Array.from({ length: 12 }, make));
    expect(made.filter((m) => m === 'made')).toHaveLength(1);
  });
});

describe('what a transaction reads', () => {
  it('has its own writes, also where many were begun together', async () => {
    const found = await transactRecorded(database, { now }, async (tx) => {
      const some = (from: number) => Array.from({ length: 150 }, (_, i) => ({ _id: `m${from + i}`, count: 7 }));
      await Promise.all([0, 150, 300].map((from) => tx.insertEach(things, some(from))));
      return tx.count(things, { count: 7 });
    });
    expect(found).toBe(450);
    expect(await database.count(things, { count: 7 })).toBe(450);
  });

  it('has its own writes, also in reads that begin together', async () => {
    const found = await transactRecorded(database, { now }, async (tx) => {
      await present(tx);
      await increment(tx);
      const ones = () => tx.find(things, { count: 1 });
      return Promise.all([ones(), ones(), tx.count(things, { count: 1 }), ones()]);
    });
    expect(found.map((all) => (Array.isArray(all) ? all.length : all))).toEqual([1, 1, 1, 1]);
  });

  it('is what it wrote itself, and what a plan depends on is noted with its first revision', async () => {
    const reads = await transactRecorded(database, { now, dryRun: true }, async (tx) => {
      await tx.peek(things, 'unnoted');
      await tx.get(things, 'absent');
      await increment(tx);
      const changed = await increment(tx);
      expect(changed.count).toBe(2);
      await tx.remove(things, changed);
      expect(await tx.get(things, 't')).toBeNull();
      return tx.reads;
    });
    expect([...reads].sort()).toEqual([
      ['things/absent', 0],
      ['things/t', 1],
    ]);
  });
});
