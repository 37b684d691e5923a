import { afterEach, expect, it, vi } from 'vitest';
import { type LeaseTimes, underLease } from '../../src/store/underLease.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

/** The server's clock is real, and no test is to depend on how fast it is: no lease expires by itself. */
const TIMES: LeaseTimes = { lifetimeMs: 3_600_000, marginMs: 600_000, heartbeatMs: 60_000 };
const never = new AbortController().signal;
const until = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

afterEach(() => vi.useRealTimers());

/** From now on the holder's clock stands still until it is put forward; the driver's goes on. */
const stopClock = () => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });

const lease = async ({ database }: TestHouse, name: string) =>
  database.db.collection<{ _id: string; holder: string; expiresAt: Date; revision: number }>('leases').findOne({
    _id: name,
  });

const change = ({ database }: TestHouse, name: string, fields: object) =>
  database.db.collection<{ _id: string }>('leases').updateOne({ _id: name }, { $set: fields });

/** Begins to hold the lease; resolves once it is held. */
async function hold(house: TestHouse, name: string, stop = never) {
  let signal: AbortSignal | undefined;
  const ended = underLease(house.database, { name, stop, times: TIMES }, (given) => {
    signal = given;
    return until(given);
  });
  await vi.waitUntil(() => signal, { timeout: 180_000, interval: 1 });
  return { signal: signal as unknown as AbortSignal, ended };
}

it('has one holder at a time, however many ask', async () => {
  await using house = await openHouse();
  let inside = 0;
  let most = 0;
  const turns = Array.from({ length: 20 }, () =>
    underLease(house.database, { name: 'one', stop: never }, async () => {
      most = Math.max(most, ++inside);
      await house.database.db.command({ ping: 1 });
      inside -= 1;
    }),
  );
  expect((await Promise.all(turns)).filter((did) => did).length).toBeGreaterThanOrEqual(1);
  expect(most).toBe(1);
});

it('is renewed by every heartbeat, and free at once when the work ends', async () => {
  await using house = await openHouse();
  const done = new AbortController();
  stopClock();
  const { ended, signal } = await hold(house, 'kept', done.signal);
  for (let beat = 2; beat <= 4; beat += 1) {
    vi.advanceTimersByTime(TIMES.heartbeatMs);
    while ((await lease(house, 'kept'))?.revision !== beat);
  }
  // Far beyond what it was first taken for: each heartbeat counts anew.
  for (let beat = 5; beat <= 80; beat += 1) {
    vi.advanceTimersByTime(TIMES.heartbeatMs);
    while ((await lease(house, 'kept'))?.revision !== beat);
  }
  expect(signal.aborted).toBe(false);
  expect(await underLease(house.database, { name: 'kept', stop: never }, async () => undefined)).toBe(false);
  done.abort();
  expect(await ended).toBe(true);
  expect(await underLease(house.database, { name: 'kept', stop: never }, async () => undefined)).toBe(true);
});

it('is stolen only after it expired, by the clock of the server', async () => {
  await using house = await openHouse();
  const { leases } = house.database;
  expect(await leases.take('left', 'who died', TIMES.lifetimeMs)).toBe(true);
  expect(await leases.take('left', 'next', TIMES.lifetimeMs)).toBe(false);
  await change(house, 'left', { expiresAt: new Date(Date.now() - 1) });
  expect(await leases.take('left', 'next', TIMES.lifetimeMs)).toBe(true);
  expect(await leases.take('left', 'who died', TIMES.lifetimeMs)).toBe(false);
  await leases.release('left', 'who died');
  expect(await leases.take('left', 'third', TIMES.lifetimeMs)).toBe(false);
});

it('tells its holder at the next heartbeat that somebody else has it', async () => {
  await using house = await openHouse();
  stopClock();
  const { signal, ended } = await hold(house, 'stolen');
  await change(house, 'stolen', { holder: 'somebody else' });
  vi.advanceTimersByTime(TIMES.heartbeatMs);
  await ended;
  expect(signal.aborted).toBe(true);
  // It is not given up for whoever has it now.
  expect(await lease(house, 'stolen')).toMatchObject({ holder: 'somebody else' });
});

it('tells its holder before it expires when the heartbeat does not get through', async () => {
  await using house = await openHouse();
  stopClock();
  const { signal, ended } = await hold(house, 'cut');
  vi.spyOn(house.database.leases, 'take').mockRejectedValue(new Error('no way through'));
  vi.advanceTimersByTime(TIMES.lifetimeMs - TIMES.marginMs - TIMES.heartbeatMs);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(2 * TIMES.heartbeatMs);
  expect(signal.aborted).toBe(true);
  await ended;
});
