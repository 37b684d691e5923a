import { jobs } from '../jobs/job.ts';
import { outbox } from '../notices/outbox.ts';
import type { Database } from '../store/database.ts';
import type { EmbeddedMongod } from '../store/embedded/server.ts';
import { waitingInLanes } from '../store/transact.ts';
import { latest } from './kept.ts';
import type { Metrics } from './rpc/metrics.ts';

/** E-mails and jobs are counted up to this number. */
const MOST_COUNTED = 10_000;

/** Shows in the metrics the work that waits, in this instance and for all of them, and how often work is repeated. */
export function measureWork(database: Database, embedded: EmbeddedMongod | undefined, metrics: Metrics): void {
  metrics.measure('writesWaiting', () => waitingInLanes(database));
  metrics.measure('conflicts', () => database.conflicts.entered);
  metrics.measure('mongodRestarts', () => embedded?.restarts() ?? 0);
  const running = latest(() => database.count(jobs, { state: { $eq: 'running' } }, MOST_COUNTED), 0);
  metrics.measure('runningJobs', running);
  const mails = latest(() => mailsDue(database), { count: 0, oldestSeconds: 0 });
  metrics.measure('mailsDue', async () => (await mails()).count);
  metrics.measure('mailsDueSeconds', async () => (await mails()).oldestSeconds);
}

/** The e-mails that should have been sent by now. */
async function mailsDue(database: Database): Promise<{ readonly count: number; readonly oldestSeconds: number }> {
  const now = new Date();
  const due = { dueAt: { $lte: now } };
  const [count, [oldest]] = await Promise.all([
    database.count(outbox, due, MOST_COUNTED),
    database.find(outbox, due, { sort: { dueAt: 1 }, limit: 1 }),
  ]);
  return { count, oldestSeconds: oldest === undefined ? 0 : (now.getTime() - oldest.dueAt.getTime()) / 1000 };
}
