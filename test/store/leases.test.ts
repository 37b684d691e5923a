import { MongoServerError } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { leases } from '../../src/store/leases.ts';
import { openDatabase } from '../support/database.ts';

const HOUR = 3_600_000;

let database: Database;
beforeAll(async () => {
  database = await openDatabase([leases]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});
beforeEach(() => database.db.collection('leases').deleteMany({}));

const take = (holder: string, lifetimeMs = HOUR) => database.leases.take('work', holder, lifetimeMs);
const stored = () => database.get(leases, 'work');
/** Lets the lease expire, by the clock of the server. */
const expire = () =>
  database.db
    .collection<{ _id: string }>('leases')
    .updateOne({ _id: 'work' }, { $set: { expiresAt: new Date(Date.now() - 1_000) } });

describe('a lease', () => {
  it('is taken by the first who asks, until its time is over', async () => {
    const before = Date.now();
    expect(await take('a')).toBe(true);
    const { holder, revision, expiresAt } = (await stored()) ?? {};
    expect([holder, revision]).toEqual(['a', 1]);
    expect(Number(expiresAt)).toBeGreaterThan(before + HOUR / 2);
    expect(await take('b')).toBe(false);
    expect(await stored()).toMatchObject({ holder: 'a', revision: 1, expiresAt });
    await expire();
    expect(await take('b')).toBe(true);
    expect(await stored()).toMatchObject({ holder: 'b', revision: 2 });
  });

  it('is renewed by its holder, also after its time', async () => {
    await take('a', 1_000);
    const first = await stored();
    expect(await take('a')).toBe(true);
    const second = await stored();
    expect(second?.revision).toBe(2);
    expect(Number(second?.expiresAt)).toBeGreaterThan(Number(first?.expiresAt));
    await expire();
    expect(await take('a')).toBe(true);
    expect(await take('b')).toBe(false);
  });

  it('is one of its name, whatever stands in the name or the holder', async () => {
    const [odd, plain] = ['$holder', 'a'];
    expect(await database.leases.take('$work', odd, HOUR)).toBe(true);
    expect(await database.leases.take('$work', plain, HOUR)).toBe(false);
    expect(await database.leases.take('$work', odd, HOUR)).toBe(true);
    expect(await take(plain)).toBe(true);
  });

  it('is released by its holder, and by nobody else', async () => {
    await take('a');
    await database.leases.release('work', 'b');
    await database.leases.release('other', 'a');
    expect(await take('b')).toBe(false);
    await database.leases.release('work', 'a');
    expect(await take('b')).toBe(true);
  });

  it('is that of one of two who make it at the same moment, and hides no other error', async () => {
    const taken = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((holder) => take(holder)));
    expect(taken.filter((did) => did)).toHaveLength(1);
    const failing = (error: Error) =>
      vi.spyOn(database.db, 'collection').mockReturnValue({ findOneAndUpdate: () => Promise.reject(error) } as never);
    failing(new MongoServerError({ code: 11000, message: 'x' }));
    expect(await take('a')).toBe(false);
    const others = [new MongoServerError({ code: 1, message: 'x' }), Object.assign(new Error('x'), { code: 11000 })];
    for (const error of others) {
      failing(error);
      await expect(take('a')).rejects.toBe(error);
    }
  });
});
