import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createMetrics, type Metrics } from '../../src/server/rpc/metrics.ts';
import { measureWork } from '../../src/server/workMetrics.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
let metrics: Metrics;
beforeAll(async () => {
  house = await openHouse();
  metrics = createMetrics();
  measureWork(house.database, undefined, metrics);
});
afterAll(() => house[Symbol.asyncDispose]());

const gaugeOf = async (name: string) =>
  Number(new RegExp(`^steward_${name} (\\S+)$`, 'm').exec(await metrics.text())?.[1]);

it('the metrics show which work waits for all instances: jobs, and e-mails that are due', async () => {
  const { db } = house.database;
  const day = 24 * 3_600_000;
  const letter = (id: string, dueAt: Date) => ({ _id: id as never, revision: 1, dueAt });
  await db.collection('jobs').insertMany([
    { _id: 'job-1' as never, state: 'running' },
    { _id: 'job-2' as never, state: 'done' },
  ]);
  await db
    .collection('outbox')
    .insertMany([letter('1/0', new Date(Date.now() - day)), letter('2/0', new Date(Date.now() + day))]);
  await expect.poll(() => gaugeOf('jobs_running')).toBe(1);
  await expect.poll(() => gaugeOf('mails_due')).toBe(1);
  expect(await gaugeOf('mails_due_seconds')).toBeGreaterThanOrEqual(day / 1000);
  expect(await gaugeOf('mongod_restarts')).toBe(0);
});

it('the metrics show writes that wait for others, and transactions that are repeated', async () => {
  const { database } = house;
  await house.meet('boss', 'ann');
  expect(await gaugeOf('writes_waiting')).toBe(0);
  const conflicts = await gaugeOf('transaction_conflicts');
  // An open transaction of somebody else, with which each write of the roster conflicts.
  const session = database.client.startSession();
  session.startTransaction();
  await database.db.collection('roster').updateOne({}, { $inc: { epoch: 1 } }, { session });
  const first = house.administer('boss', { command: 'addAdmin', user: 'ann' });
  await vi.waitFor(async () => expect(await gaugeOf('transaction_conflicts')).toBeGreaterThan(conflicts), {
    timeout: 60_000,
  });
  const second = house.administer('boss', { command: 'removeAdmin', user: 'ann' });
  await vi.waitFor(async () => expect(await gaugeOf('writes_waiting')).toBe(1), { timeout: 60_000 });
  await session.abortTransaction();
  await session.endSession();
  await Promise.all([first, second]);
  expect(await gaugeOf('writes_waiting')).toBe(0);
});
