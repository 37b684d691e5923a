import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type LeaseTimes, underLease } from '../../src/store/underLease.ts';
import { openHouse } from '../support/house.ts';

const QUICK: LeaseTimes = { lifetimeMs: 1_500, marginMs: 500, heartbeatMs: 100 };
const never = new AbortController().signal;
const until = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

it('has one holder at a time, however many ask', async () => {
  await using house = await openHouse();
  let inside = 0;
  let most = 0;
  const turns = Array.from({ length: 20 }, () =>
    underLease(house.database, 'one', never, async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside -= 1;
    }),
  );
  expect((await Promise.all(turns)).filter((did) => did).length).toBeGreaterThanOrEqual(1);
  expect(most).toBe(1);
});

it('is kept beyond its lifetime by heartbeats, and free at once when the work ends', async () => {
  await using house = await openHouse();
  const done = new AbortController();
  const holding = underLease(house.database, 'kept', done.signal, until, QUICK);
  await sleep(2_500);
  expect(await underLease(house.database, 'kept', never, async () => undefined)).toBe(false);
  done.abort();
  expect(await holding).toBe(true);
  expect(await underLease(house.database, 'kept', never, async () => undefined)).toBe(true);
});

it('is stolen only after it expired, by the clock of the server', async () => {
  await using house = await openHouse();
  const { leases } = house.database;
  expect(await leases.take('left', 'who died', 400)).toBe(true);
  expect(await leases.take('left', 'next', 400)).toBe(false);
  await sleep(450);
  expect(await leases.take('left', 'next', 400)).toBe(true);
  expect(await leases.take('left', 'who died', 400)).toBe(false);
  await leases.release('left', 'who died');
  expect(await leases.take('left', 'third', 400)).toBe(false);
});

it('tells its holder before it expires when the heartbeat does not get through', async () => {
  await using house = await openHouse();
  const cut = {
    leases: { take: house.database.leases.take.bind(house.database.leases), release: async () => undefined },
  };
  const startedAt = performance.now();
  await underLease(
    cut as never,
    'cut',
    never,
    async (signal) => {
      cut.leases.take = () => Promise.reject(new Error('no way through'));
      await until(signal);
    },
    QUICK,
  );
  expect(performance.now() - startedAt).toBeLessThan(QUICK.lifetimeMs);
});
