import { expect, it } from 'vitest';
import { counterOf } from '../../src/store/counters.ts';
import type { Database } from '../../src/store/database.ts';
import { scratchDatabase } from './migrations/scratch.ts';

const things = counterOf('things');
const drawn = (number: number) => ({ counter: things, count: 1, number, spare: true });
const next = (database: Database) => database.counters.draw(things, { count: 1 });

it('numbers that were drawn and not used are given after a restart: none is skipped', async () => {
  await using scratch = await scratchDatabase();
  const first = await scratch.connect();
  expect([await next(first), await next(first), await next(first)]).toEqual([1, 2, 3]);
  // As much as three calls at once would want: two of the numbers stay.
  expect(await first.counters.draw(things, { count: 1, batchSize: 3 })).toBe(4);
  first.counters.giveBackAll([drawn(2)]);
  await first.close();
  const second = await scratch.connect();
  expect([await next(second), await next(second), await next(second), await next(second)]).toEqual([2, 5, 6, 7]);
});

it('of two instances that start, one alone gets what was kept', async () => {
  await using scratch = await scratchDatabase();
  const first = await scratch.connect();
  expect(await first.counters.draw(things, { count: 1, batchSize: 20 })).toBe(1);
  await first.close();
  const both = [await scratch.connect(), await scratch.connect()];
  const numbers = await Promise.all(Array.from({ length: 40 }, (_, i) => next(both[i % 2] as Database)));
  expect(new Set(numbers).size).toBe(40);
  expect(numbers).toContain(2);
});

it('a draw of several goes beyond what was kept, which stays for those of one', async () => {
  await using scratch = await scratchDatabase();
  const first = await scratch.connect();
  expect(await first.counters.draw(things, { count: 1, batchSize: 2 })).toBe(1);
  await first.close();
  const second = await scratch.connect();
  expect(await second.counters.draw(things, { count: 3 })).toBe(3);
  expect(await next(second)).toBe(2);
  expect(await next(second)).toBe(6);
});
