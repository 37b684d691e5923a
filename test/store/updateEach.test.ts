import { randomUUID } from 'node:crypto';
import { MongoBulkWriteError, MongoServerSelectionError } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { collection, type Stored } from '../../src/store/collection.ts';
import { Database, isUnavailable } from '../../src/store/database.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { RevisionConflict } from '../../src/store/writes.ts';
import { transactRecorded } from '../support/recorded.ts';

interface Thing extends Stored {
  readonly owner: string;
  readonly name?: string;
  readonly grants: readonly { readonly to: string; readonly level: number }[];
}
const things = collection<Thing>('things', { keyedLists: { grants: 'to' } });
const now = () => new Date();
const COUNT = 50;

let database: Database;
beforeAll(async () => {
  database = await Database.connect({ uri: inject('mongoUri'), database: `test_${randomUUID().replaceAll('-', '')}` });
  await database.prepare([things]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});
beforeEach(async () => {
  await database.db.collection('things').deleteMany({});
  await transactRecorded(database, { now }, async (tx) => {
    for (let i = 0; i < COUNT; i += 1) {
      await tx.insert(things, { _id: `t${i}`, owner: 'a', name: `a:${i}`, grants: [{ to: 'b', level: 1 }] });
    }
  });
});

const all = (tx: Pick<Transaction, 'find'>) => tx.find(things, {}, { sort: { _id: 1 } });
const move = (tx: Transaction, found: readonly Thing[], name?: string) =>
  tx.updateEach(
    things,
    found.map((before) => ({
      before,
      after: {
        ...before,
        owner: 'b',
        ...(name === undefined ? {} : { name: `${name}:${before._id}` }),
        grants: [{ to: 'a', level: 3 }],
      },
    })),
  );

it('changes all, alike or each in its own way, and notes each with its difference', async () => {
  for (const name of [undefined, 'b']) {
    const { changes } = await transactRecorded(database, { now }, async (tx) => {
      await move(tx, await all(tx), name);
      return tx;
    });
    const found = await all(database);
    expect(found.every((t) => t.owner === 'b' && t.grants.length === 1 && t.grants[0]?.to === 'a')).toBe(true);
    expect(changes).toHaveLength(COUNT);
  }
  expect((await all(database)).map((t) => [t.revision, t.name])).toEqual(
    [...Array(COUNT).keys()].map((i) => [3, `b:t${i}`]).sort((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1)),
  );
});

it('sends and notes nothing of those that do not change', async () => {
  const { changes, touched } = await transactRecorded(database, { now }, async (tx) => {
    const found = await all(tx);
    await tx.updateEach(
      things,
      found.map((before) => ({ before, after: { ...before } })),
    );
    return tx;
  });
  expect([changes.length, touched]).toEqual([0, false]);
});

it('changes none when one of them is not as it was read', async () => {
  const stale = await all(database);
  await transactRecorded(database, { now }, async (tx) => {
    const [first] = await all(tx);
    if (first !== undefined) await tx.update(things, first, { ...first, name: 'meanwhile' });
  });
  let tries = 0;
  const moved = transactRecorded(database, { now }, async (tx) => {
    tries += 1;
    // Read again at the second attempt, as whoever writes from inside does.
    await move(tx, tries === 1 ? stale : await all(tx)).catch((error) => {
      expect(error).toBeInstanceOf(RevisionConflict);
      throw error;
    });
  });
  await moved;
  expect(tries).toBe(2);
  expect((await all(database)).map((t) => t.name)).toContain('meanwhile');
});

it('conflicts with a change that commits between its read and its write', async () => {
  let tries = 0;
  await transactRecorded(database, { now }, async (tx) => {
    tries += 1;
    const found = await all(tx);
    if (tries === 1) {
      await transactRecorded(database, { now }, async (other) => {
        const last = (await all(other)).at(-1);
        if (last !== undefined) await other.update(things, last, { ...last, owner: 'c' });
      });
    }
    await move(
      tx,
      found.filter((t) => t.owner === 'a'),
    );
  });
  expect(tries).toBe(2);
  expect((await all(database)).filter((t) => t.owner === 'c')).toHaveLength(1);
});

it('that does not reach the server is told from one that the server refuses', async () => {
  // As the driver wraps what it meets on the way of a bulk write.
  const away = new MongoServerSelectionError('no server', { type: 'Unknown' } as never);
  expect(isUnavailable(new MongoBulkWriteError(away as never, {} as never))).toBe(true);
  const clash = database.db.collection('things').insertMany([{ _id: 'x' as never }, { _id: 'x' as never }]);
  expect(isUnavailable(await clash.catch((error) => error))).toBe(false);
});
