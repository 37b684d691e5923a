import { createLogger, errorFields } from '../base/log.ts';
import { startService } from '../server/service.ts';
import { WorkerLink } from '../server/workers/workerLink.ts';
import { MigrationInterrupted } from '../store/migrations/migration.ts';
import { isForOperator } from './failure.ts';
import { boundHeapGrowth } from './heapGrowth.ts';
import { whenAborted } from './stopSignal.ts';

/** Runs one of the workers that `steward serve` starts with `server-workers`, until that tells it to stop. */
export async function serveWorker(): Promise<void> {
  boundHeapGrowth();
  const link = new WorkerLink();
  // A terminal sends its signals to all processes: the supervisor decides when a worker ends at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => link.stop());
  const { loaded, number } = await link.begun;
  const log = createLogger({ level: loaded.config['log-level'], fields: { worker: number } });
  process.on('unhandledRejection', (error) => log.error('unhandled rejection', errorFields(error)));
  const service = await startService(loaded, log, { signal: link.stopping, link }).catch(async (error: unknown) => {
    if (error instanceof MigrationInterrupted && link.stopping.aborted) process.exit(0);
    if (!isForOperator(error)) throw error;
    await link.failed(error.message, false);
    process.exit(1);
  });
  link.started(service);
  const failure = await Promise.race([service.failed, whenAborted(link.stopping)]);
  if (failure !== undefined) await link.failed(failure.message, true);
  await service.stop();
  process.exit(failure === undefined ? 0 : 1);
}
