import { loadConfig } from '../base/config/load.ts';
import { defined } from '../base/defined.ts';
import { createLogger, errorFields } from '../base/log.ts';
import { startService } from '../server/service.ts';
import { workerCount } from '../server/workers/count.ts';
import type { Started } from '../server/workers/messages.ts';
import { MigrationInterrupted } from '../store/migrations/migration.ts';
import { boundHeapGrowth } from './heapGrowth.ts';
import { assertOpenFiles } from './openFiles.ts';
import { stopSignal, whenAborted } from './stopSignal.ts';

/** Runs the service until SIGTERM or SIGINT, or until it cannot continue. A second signal ends it at once. */
export async function serve({ config: file }: { config?: string }): Promise<void> {
  boundHeapGrowth();
  await assertOpenFiles();
  const loaded = loadConfig({ env: process.env, ...defined({ file }) });
  const { config } = loaded;
  const log = createLogger({ level: config['log-level'] });
  for (const warning of loaded.warnings) log.warn(warning);
  process.on('unhandledRejection', (error) => log.error('unhandled rejection', errorFields(error)));

  const onStart = async (service: Started) => {
    const [, script = 'steward'] = process.argv;
    const { banner } = await import('./banner.ts');
    console.log(banner({ loaded, service, script, terminal: process.stdout.isTTY === true, env: process.env }));
  };
  const count = workerCount(config);
  if (count > 1) return (await import('./serveWorkers.ts')).serveWorkers({ loaded, log, count, onStart });

  const stopping = stopSignal();
  const service = await startService(loaded, log, { signal: stopping }).catch((error) => {
    if (!(error instanceof MigrationInterrupted && stopping.aborted)) throw error;
    log.info(error.message);
    process.exit(0);
  });
  await onStart(service);
  const failure = await Promise.race([service.failed, whenAborted(stopping)]);
  log.info('stopping');
  await service.stop();
  log.info('stopped');
  if (failure !== undefined) throw failure;
  process.exit(0);
}
