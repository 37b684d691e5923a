import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { attempts } from '../../src/store/attempts.ts';
import { Database } from '../../src/store/database.ts';
import { SharedRate } from '../../src/store/sharedRate.ts';
import { openWire } from '../faults/wire.ts';

let database: Database;
beforeAll(async () => {
  database = await Database.connect({ uri: inject('mongoUri'), database: `test_${randomUUID().replaceAll('-', '')}` });
  await database.prepare([attempts]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

/** Two instances that share a bound; 200 within an hour, which are taken in blocks of 10. */
const two = (what: string, { points = 200, withinSeconds = 3_600 } = {}) => {
  const bounds = { what, points, withinSeconds };
  return [new SharedRate(database, bounds), new SharedRate(database, bounds)] as const;
};

/** How many of these calls are let through. */
async function taken(rate: SharedRate, times: number, key = 'ann'): Promise<number> {
  const waits = await Promise.all(Array.from({ length: times }, () => rate.take(key)));
  return waits.filter((wait) => wait === 0).length;
}

it('instances together let through exactly as many calls as the bound allows, however many come at once', async () => {
  const [one, other] = two('together');
  const counts = await Promise.all([taken(one, 250), taken(other, 250)]);
  expect(counts[0] + counts[1]).toBe(200);
  const wait = await one.take('ann');
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(3_600_000);
  expect(await one.take('bob')).toBe(0);
});

it('what an instance has taken and not used is missing to others, and less than one block', async () => {
  const [one, other] = two('unused');
  expect(await taken(other, 1)).toBe(1);
  expect(await taken(one, 250)).toBe(190);
  expect(await taken(other, 250)).toBe(9);
});

it('a bound that no whole number of blocks makes up is kept, too', async () => {
  const [one, other] = two('uneven', { points: 25 });
  const counts = await Promise.all([taken(one, 40), taken(other, 40)]);
  expect(counts[0] + counts[1]).toBe(25);
});

it('the database is asked once for each block, and by a caller who is refused no more', async () => {
  const [one] = two('cost');
  const stored = database.db.collection('attempts');
  const points = async () => (await stored.find({ key: /^cost:/ }).toArray()).map((doc) => doc.points);
  expect(await taken(one, 10)).toBe(10);
  expect(await points()).toEqual([10]);
  expect(await taken(one, 250)).toBe(190);
  const asked = await points();
  expect(await taken(one, 50)).toBe(0);
  expect(await points()).toEqual(asked);
});

it('calls are let through again when the period is over', async () => {
  const [one] = two('period', { points: 3, withinSeconds: 1 });
  expect(await taken(one, 3)).toBe(3);
  await vi.waitFor(async () => expect(await one.take('ann')).toBe(0), { timeout: 60_000, interval: 50 });
});

it('nothing is refused because the database is away', async () => {
  const wire = await openWire();
  const uri = `mongodb://127.0.0.1:${wire.port}/?directConnection=true`;
  const absent = await Database.connect({ uri, database: database.db.databaseName });
  const rate = new SharedRate(absent, { what: 'away', points: 1, withinSeconds: 3_600 });
  await wire[Symbol.asyncDispose]();
  expect(await taken(rate, 5)).toBe(5);
  await absent.close();
}, 120_000);
