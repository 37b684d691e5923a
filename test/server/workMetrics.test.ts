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

const metricOf = async (name: string) =>
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
  await expect.poll(() => metricOf('jobs_running')).toBe(1);
  await expect.poll(() => metricOf('mails_due')).toBe(1);
  expect(await metricOf('mails_due_seconds')).toBeGreaterThanOrEqual(day / 1000);
  expect(await metricOf('mongod_restarts_total')).toBe(0);
});

it('what only rises is a counter, so that Prometheus computes rates of it', async () => {
  const types = new Map(
    [...(await metrics.text()).matchAll(/^# TYPE steward_(\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]),
  );
  expect(types.get('transaction_conflicts_total')).toBe('counter');
  expect(types.get('mongod_restarts_total')).toBe('counter');
  for (const [name, type] of types) expect([name, type === 'counter']).toEqual([name, name?.endsWith('_total')]);
});

it('the metrics show writes that wait for others, and transactions that are repeated', async () => {
  const { database } = house;
  await house.meet('boss', 'ann');
  expect(await metricOf('writes_waiting')).toBe(0);
  const conflicts = await metricOf('transaction_conflicts_total');
  // An open transaction of somebody else, with which each write of the roster conflicts.
  const session = database.client.startSession();
  session.startTransaction();
  await database.db.collection('roster').updateOne({}, { $inc: { epoch: 1 } }, { session });
  const first = house.administer('boss', { command: 'addAdmin', user: 'ann' });
  await vi.waitFor(async () => expect(await metricOf('transaction_conflicts_total')).toBeGreaterThan(conflicts), {
    timeout: 60_000,
  });
  const second = house.administer('boss', { command: 'removeAdmin', user: 'ann' });
  await vi.waitFor(async () => expect(await metricOf('writes_waiting')).toBe(1), { timeout: 60_000 });
  await session.abortTransaction();
  await session.endSession();
  await Promise.all([first, second]);
  expect(await metricOf('writes_waiting')).toBe(0);
});
