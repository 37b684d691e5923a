import { setTimeout as sleep } from 'node:timers/promises';
import { MongoNetworkError } from 'mongodb';
import { expect, it, vi } from 'vitest';
import { type BackgroundTask, Worker } from '../../src/jobs/worker.ts';
import { openHouse } from '../support/house.ts';

const task = (run: BackgroundTask['run'], more: Partial<BackgroundTask> = {}): BackgroundTask => ({
  name: 'task',
  everyMs: 10,
  by: 'one',
  run,
  ...more,
});

/** A worker whose only task needs no database. */
const workerOf = (only: BackgroundTask) => new Worker(undefined as never, [only]);

it('takes turn after turn, and none after it was stopped', async () => {
  await using house = await openHouse();
  let turns = 0;
  const worker = new Worker(house.database, [
    task(async () => {
      turns += 1;
    }),
  ]);
  worker.start();
  await vi.waitFor(() => expect(turns).toBeGreaterThan(2), { timeout: 180_000, interval: 10 });
  await worker.stop();
  const then = turns;
  await sleep(50);
  expect(turns).toBe(then);
});

it('ends a turn under way when it is stopped', async () => {
  await using house = await openHouse();
  let state = 'before';
  const worker = new Worker(house.database, [
    task(async (signal) => {
      state = 'under way';
      await sleep(60_000, undefined, { signal }).catch(() => undefined);
      state = 'ended';
    }),
  ]);
  worker.start();
  await vi.waitFor(() => expect(state).toBe('under way'), { timeout: 180_000, interval: 10 });
  await worker.stop();
  expect(state).toBe('ended');
});

it('lets one of two instances at a task, and each at one that is for each', async () => {
  await using house = await openHouse();
  const counts = { one: 0, each: 0 };
  const stop = new AbortController();
  const tasks = [
    task(
      async () => {
        counts.one += 1;
        await sleep(5_000, undefined, { signal: stop.signal }).catch(() => undefined);
      },
      { name: 'one' },
    ),
    task(
      async () => {
        counts.each += 1;
      },
      { name: 'each', by: 'each' },
    ),
  ];
  const first = new Worker(house.database, tasks);
  const second = new Worker(house.database, tasks);
  const turn = first.turn('one');
  await vi.waitFor(() => expect(counts.one).toBe(1), { timeout: 180_000, interval: 10 });
  expect(await second.turn('one')).toBe(false);
  expect([await first.turn('each'), await second.turn('each')]).toEqual([true, true]);
  stop.abort();
  await turn;
  expect(counts).toEqual({ one: 1, each: 2 });
});

it('begins a turn at once when it is woken, also while one is under way', async () => {
  await using house = await openHouse();
  let turns = 0;
  const worker = new Worker(house.database, [
    task(
      async () => {
        turns += 1;
        if (turns === 1) worker.wake('task');
      },
      { everyMs: 60_000 },
    ),
  ]);
  worker.start();
  await vi.waitFor(() => expect(turns).toBe(2), { timeout: 180_000, interval: 10 });
  worker.wake('task');
  await vi.waitFor(() => expect(turns).toBe(3), { timeout: 180_000, interval: 10 });
  await worker.stop();
});

it('goes on after a turn that failed, tells of bugs and waits for a database that is away', async () => {
  await using house = await openHouse();
  const told: unknown[] = [];
  let turns = 0;
  const worker = new Worker(
    house.database,
    [
      task(async () => {
        turns += 1;
        if (turns === 1) throw new MongoNetworkError('gone');
        if (turns === 2) throw new Error('a bug');
      }),
    ],
    (error) => told.push(error),
  );
  worker.start();
  await vi.waitFor(() => expect(turns).toBeGreaterThan(3), { timeout: 180_000, interval: 10 });
  await worker.stop();
  expect(told.map(String)).toEqual(['Error: a bug']);
});

it('takes no turn of a task that it does not have', async () => {
  await using house = await openHouse();
  const worker = new Worker(house.database, [task(async () => undefined)]);
  await expect(worker.turn('another')).rejects.toThrow('there is no task another');
});

it('pauses the longer the more turns in a row have failed', async () => {
  const began: number[] = [];
  const worker = workerOf(
    task(
      async () => {
        began.push(performance.now());
        if (began.length <= 5) throw new Error('a bug');
      },
      { everyMs: 2, by: 'each' },
    ),
  );
  worker.start();
  await vi.waitFor(() => expect(began.length).toBeGreaterThan(5), { timeout: 180_000, interval: 10 });
  await worker.stop();
  // 4, 8, 16, 32 and 64 milliseconds; a timer may be one too early.
  expect(Number(began[5]) - Number(began[0])).toBeGreaterThan(115);
});

it('needs no lease for a task that is for each instance', async () => {
  let turns = 0;
  const count = async () => {
    turns += 1;
  };
  const ended = vi.fn(async () => undefined);
  expect(await workerOf(task(count, { by: 'each', ended })).turn('task')).toBe(true);
  expect([turns, ended.mock.calls.length]).toEqual([1, 1]);
});

it('may be woken before it is started', async () => {
  let turns = 0;
  const worker = workerOf(
    task(
      async () => {
        turns += 1;
      },
      { by: 'each', everyMs: 60_000 },
    ),
  );
  worker.wake('task');
  worker.start();
  await vi.waitFor(() => expect(turns).toBe(1), { timeout: 180_000, interval: 10 });
  await worker.stop();
});
