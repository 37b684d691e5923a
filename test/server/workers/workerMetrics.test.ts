import { beforeEach, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../../src/server/rpc/metrics.ts';
import { workerCount } from '../../../src/server/workers/count.ts';
import { type AskWorker, WorkerMetrics } from '../../../src/server/workers/workerMetrics.ts';

let all: WorkerMetrics;
let workers: Metrics[];
beforeEach(() => {
  const own = createMetrics({ ofProcess: false });
  own.measure('workers', () => 2);
  all = new WorkerMetrics(() => own.values());
  workers = [createMetrics(), createMetrics()];
});

const asks = (): AskWorker[] =>
  workers.map((metrics, i) => async (request) => all.measured(i + 1, request, await metrics.values()));

async function metricOf(metric: string, asked = asks()): Promise<number> {
  const text = await all.text(asked);
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${metric} `))
      ?.split(' ')[1],
  );
}

it('calls of all workers are added up, and what the supervisor counts is there', async () => {
  for (const metrics of workers) metrics.request('administer', 'ok', 0.2);
  expect(await metricOf('steward_requests_total{method="administer",outcome="ok"}')).toBe(2);
  expect(await metricOf('steward_request_seconds_bucket{le="0.25",method="administer"}')).toBe(2);
  expect(await metricOf('steward_workers')).toBe(2);
});

it('what each worker reads for all instances is not added up', async () => {
  for (const metrics of workers) metrics.measure('runningJobs', () => 3);
  for (const metrics of workers) metrics.measure('activeJobs', () => 1);
  expect(await metricOf('steward_jobs_running')).toBe(3);
  expect(await metricOf('steward_jobs_active')).toBe(2);
});

it('what a worker that ended had counted stays, and what it held does not', async () => {
  for (const metrics of workers) {
    metrics.request('administer', 'ok', 0.2);
    metrics.measure('activeJobs', () => 1);
  }
  await all.text(asks());
  for (let restart = 1; restart <= 2; restart += 1) {
    all.ended(2);
    workers = [workers[0] as Metrics, createMetrics()];
    expect(await metricOf('steward_requests_total{method="administer",outcome="ok"}')).toBe(2);
  }
  expect(await metricOf('steward_request_seconds_count{method="administer"}')).toBe(2);
  expect(await metricOf('steward_jobs_active')).toBe(1);
});

it('a worker that does not answer counts with what it said last', async () => {
  for (const metrics of workers) metrics.refused('not_admin');
  await all.text(asks());
  const [one = () => undefined] = asks();
  expect(await metricOf('steward_refused_total{reason="not_admin"}', [one, () => undefined])).toBe(2);
});

it('auto takes one worker for each processor but one, and at least one', () => {
  const counts = [1, 2, 8].map((processors) => workerCount({ 'server-workers': 'auto' }, processors));
  expect(counts).toEqual([1, 1, 7]);
  expect(workerCount({ 'server-workers': '3' }, 1)).toBe(3);
});
