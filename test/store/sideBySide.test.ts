import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { refuse } from '../../src/base/errors.ts';
import { collection, type Stored } from '../../src/store/collection.ts';
import { Database } from '../../src/store/database.ts';
import { transact } from '../../src/store/transact.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { merged, OutOfTurn, type Write } from '../../src/store/writes.ts';
import { recordIn, transactRecorded } from '../support/recorded.ts';

interface Thing extends Stored {
  readonly count: number;
  readonly name: string;
}
const things = collection<Thing>('things', {
  indexes: [{ key: { name: 1 }, name: 'thing_name', unique: true }],
});
const lane = { now: () => new Date(), lane: 'workspaces' } as const;

let database: Database;
beforeAll(async () => {
  database = await Database.connect({
    uri: inject('mongoUri'),
    database: `test_${randomUUID().replaceAll('-', '')}`,
  });
  await database.prepare([things]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});
beforeEach(async () => {
  await database.db.collection('things').deleteMany({});
  await database.db.collection('audit').deleteMany({});
  const docs = ['a', 'b', 'c', 'd'].map((_id) => ({ _id, revision: 1, count: 0, name: _id }));
  await database.db.collection('things').insertMany(docs as never[]);
});

async function present(tx: Transaction, id: string): Promise<Thing> {
  const found = await tx.get(things, id);
  if (found === null) throw new Error(`${id} is gone`);
  return found;
}

async function increment(tx: Transaction, id: string): Promise<number> {
  const before = await present(tx, id);
  return (await tx.update(things, before, { ...before, count: before.count + 1 })).count;
}

const counts = async () => Object.fromEntries((await database.find(things, {})).map(({ _id, count }) => [_id, count]));
const batches = () => database.db.collection('audit').find().toArray();

/** Calls this many times to get who waits for it to go on at once. */
function meeting(size: number): () => Promise<void> {
  let arrived = 0;
  let open = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    arrived += 1;
    if (arrived === size) open();
    return all;
  };
}

describe('calls of a wide lane', () => {
  it('run at the same time in one transaction, with one record document', async () => {
    const meet = meeting(4);
    const calls = ['a', 'b', 'c', 'd'].map((id) =>
      transactRecorded(database, lane, async (tx) => {
        await present(tx, id);
        await meet();
        return increment(tx, id);
      }),
    );
    expect(await Promise.all(calls)).toEqual([1, 1, 1, 1]);
    expect(await counts()).toEqual({ a: 1, b: 1, c: 1, d: 1 });
    expect((await batches()).map(({ records }) => records.length)).toEqual([4]);
  });

  it('see nothing of each other, as in transactions of their own', async () => {
    const meet = meeting(2);
    const seen = await Promise.all([
      transactRecorded(database, lane, async (tx) => {
        await increment(tx, 'a');
        await meet();
        return tx.get(things, 'b');
      }),
      transactRecorded(database, lane, async (tx) => {
        await increment(tx, 'b');
        await meet();
        return tx.get(things, 'a');
      }),
    ]);
    expect(seen.map((thing) => thing?.count)).toEqual([0, 0]);
    expect(await counts()).toMatchObject({ a: 1, b: 1 });
  });

  it('each see their own writes', async () => {
    const calls = ['a', 'b'].map((id) =>
      transactRecorded(database, lane, async (tx) => [await increment(tx, id), await increment(tx, id)]),
    );
    expect(await Promise.all(calls)).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('that search what they have written find it', async () => {
    const calls = ['a', 'b'].map((id) =>
      transactRecorded(database, lane, async (tx) => {
        await increment(tx, id);
        return (await tx.find(things, { count: 1 })).map(({ _id }) => _id);
      }),
    );
    const [one, two] = await Promise.all(calls);
    expect(one).toContain('a');
    expect(two).toContain('b');
  });

  it('that change the same document all do, one after the other', async () => {
    const calls = Array.from({ length: 10 }, () => transactRecorded(database, lane, (tx) => increment(tx, 'a')));
    expect((await Promise.all(calls)).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
  });

  it('that rely on the same document touch it once', async () => {
    const calls = ['a', 'b', 'c'].map((id) =>
      transactRecorded(database, lane, async (tx) => {
        await tx.touch(things, await present(tx, 'd'));
        return increment(tx, id);
      }),
    );
    await Promise.all(calls);
    expect((await database.get(things, 'd'))?.revision).toBe(2);
  });

  it('never both get a name: one of them is told that it is taken', async () => {
    const calls = Array.from({ length: 6 }, (_, i) =>
      transactRecorded(database, lane, async (tx) => {
        if (tx.collided === 'thing_name' && (await tx.find(things, { name: 'new' })).length > 0) {
          throw refuse('workspace_name_taken', 'new');
        }
        await tx.insert(things, { _id: `n${i}`, count: 0, name: 'new' });
      }),
    );
    const settled = await Promise.allSettled(calls);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await database.find(things, { name: 'new' })).toHaveLength(1);
  });

  it('that are refused leave neither a write nor a record, and keep nobody from theirs', async () => {
    const meet = meeting(4);
    const calls = ['a', 'b', 'c', 'd'].map((id, i) =>
      transact(database, lane, async (tx) => {
        await increment(tx, id);
        await meet();
        if (i % 2 === 1) throw refuse('last_admin');
        recordIn(tx);
      }),
    );
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(await counts()).toEqual({ a: 1, b: 0, c: 1, d: 0 });
    expect((await batches()).map(({ records }) => records.length)).toEqual([2]);
  });

  it('run again when somebody else changes what one of them has read', async () => {
    let runs = 0;
    const meet = meeting(2);
    const calls = ['a', 'b'].map((id) =>
      transactRecorded(database, lane, async (tx) => {
        const before = await present(tx, id);
        runs += 1;
        if (runs <= 2) {
          await meet();
          if (id === 'a') {
            const raise = { $inc: { count: 10, revision: 1 } };
            await database.db.collection('things').updateOne({ _id: 'a' as never }, raise);
          }
        }
        await tx.update(things, before, { ...before, count: before.count + 1 });
      }),
    );
    await Promise.all(calls);
    expect(await counts()).toMatchObject({ a: 11, b: 1 });
    expect(runs).toBeGreaterThan(2);
  });
});

it('a call that is refused for a name that is taken has drawn no number by then', async () => {
  const make = (name: string) =>
    transactRecorded(database, { now: lane.now }, async (tx) => {
      if (tx.collided !== undefined) throw refuse('workspace_name_taken', name);
      await tx.insert(things, { _id: tx.newId(), count: 0, name });
      return (await tx.newNumber('parts', 'part', 'part')).number;
    });
  const first = await make('one');
  await expect(make('one')).rejects.toMatchObject({ reason: 'workspace_name_taken' });
  expect(await make('two')).toBe(first + 1);
  expect(await database.db.collection('counters').findOne({ _id: 'parts' as never })).toMatchObject({
    last: first + 1,
  });
});

it('calls of a wide lane that change the same document wait for each other, and others do not wait for them', async () => {
  let inside = 0;
  let most = 0;
  const change = (id: string) =>
    transactRecorded(database, { ...lane, lane: { lane: 'workspaces', document: id } }, async (tx) => {
      inside += 1;
      most = Math.max(most, inside);
      const count = await increment(tx, id);
      inside -= 1;
      return count;
    });
  // The first one does not know of the others yet.
  await Promise.all(Array.from({ length: 40 }, () => change('a')));
  expect(most).toBeLessThanOrEqual(2);
  expect(await counts()).toMatchObject({ a: 40 });
  most = 0;
  await Promise.all(['a', 'b', 'c', 'd'].map(change));
  expect(most).toBe(4);
  expect(await counts()).toEqual({ a: 41, b: 1, c: 1, d: 1 });
});

describe('writes of calls that ran side by side', () => {
  const write = (kind: Write['kind'], ...ids: string[]): Write => ({
    ...{ collection: 'things', kind, ids, operations: [], matching: ids.length, claims: false },
  });

  it('go in an order in which what becomes free goes first', () => {
    const kinds = merged([[write('insert', 'a'), write('update', 'b')], [write('remove', 'c')], [write('touch', 'd')]]);
    expect(kinds.map(({ kind }) => kind)).toEqual(['update', 'touch', 'remove', 'insert']);
  });

  it.each([
    ['two updates', [[write('update', 'a')], [write('update', 'a')]]],
    ['a touch and an update', [[write('touch', 'a')], [write('update', 'b', 'a')]]],
    ['a removal and a touch', [[write('remove', 'a')], [write('touch', 'a')]]],
    ['two insertions', [[write('insert', 'a')], [write('insert', 'a')]]],
    ['an insertion after a removal in one call', [[write('remove', 'a'), write('insert', 'a')]]],
    ['an update after an insertion in one call', [[write('insert', 'a'), write('update', 'a')]]],
  ])('cannot go together where order matters: %s', (_, units) => {
    expect(() => merged(units)).toThrow(OutOfTurn);
  });

  it('go together where one call touches and updates the same document', () => {
    expect(merged([[write('touch', 'a'), write('update', 'a')]])).toHaveLength(2);
  });
});
