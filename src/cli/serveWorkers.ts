import type { LoadedConfig } from '../base/config/load.ts';
import type { Logger } from '../base/log.ts';
import type { Started } from '../server/workers/messages.ts';
import { superviseWorkers } from '../server/workers/supervisor.ts';
import { stopSignal, whenAborted } from './stopSignal.ts';

interface ServeWorkersOptions {
  readonly loaded: LoadedConfig;
  readonly log: Logger;
  readonly count: number;
  /** Called once calls are answered. */
  readonly onStart: (started: Started) => Promise<void>;
}

/** Runs the service with several workers until SIGTERM or SIGINT, or until it cannot continue. A second signal ends it at once. */
export async function serveWorkers({ loaded, log, count, onStart }: ServeWorkersOptions): Promise<void> {
  const stopping = whenAborted(stopSignal());
  const [, exec = ''] = process.argv;
  const supervisor = await superviseWorkers({ loaded, log, count, program: { exec, args: ['serve-worker'] } });
  // Otherwise the signal ends the process.
  if (loaded.config['policy-file'] !== undefined) process.on('SIGHUP', () => supervisor.reload());
  const ended = Promise.race([supervisor.failed, stopping]);
  const started = await Promise.race([supervisor.started, ended.then(() => undefined)]);
  if (started !== undefined) await onStart(started);
  const failure = await ended;
  log.info('stopping');
  await supervisor.stop();
  log.info('stopped');
  if (failure !== undefined) throw failure;
  process.exit(0);
}
