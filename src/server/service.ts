import type { LoadedConfig } from '../base/config/load.ts';
import { databaseSettings } from '../base/config/mongodbHost.ts';
import type { Logger } from '../base/log.ts';
import type { Migration } from '../store/migrations/migration.ts';
import { type OpenedDatabase, openDatabase } from '../store/open.ts';
import type { Service } from './composition.ts';
import type { WorkerLink } from './workers/workerLink.ts';

export interface StartOptions {
  /** Ends a long start: a migration stops after the current batch. */
  readonly signal?: AbortSignal;
  /** The migration steps to the format of this program; all by default. */
  readonly migrations?: readonly Migration[];
  /** The connection to the supervisor, if this process is one of several workers. */
  readonly link?: WorkerLink;
}

/**
 * Starts the service as configured: the database (embedded unless one is configured); the HTTP server, which refuses
 * calls until everything is ready; the migration; the gate. Most of the program is loaded while the database starts.
 *
 * @throws UnfitDatabaseError, UnfitAuthServiceError, NoAdministratorError, FormatError with a message for the operator;
 *   MigrationInterrupted if the signal aborts; whatever was started is stopped then
 */
export async function startService(
  loaded: LoadedConfig,
  log: Logger,
  { signal = new AbortController().signal, migrations, link }: StartOptions = {},
): Promise<Service> {
  const composition = () => import('./composition.ts');
  const loadAll = async () => (await composition()).preload();
  const started: (() => Promise<void>)[] = [];
  let opened: OpenedDatabase;
  try {
    opened = await openDatabase(await settingsOf(loaded, link), {
      report: (line, level = 'info') => log[level](line, { room: 'embedded mongodb' }),
      started,
      migrations,
      onWait: () => void loadAll().catch(() => undefined),
    });
    await composition();
  } catch (error) {
    for (const stop of started.toReversed()) await stop();
    throw error;
  }
  const { openService } = await composition();
  return openService(loaded, { log, signal, started, link, ...opened });
}

/** Where the database is: the embedded one of several workers is run by their supervisor. */
async function settingsOf({ config }: LoadedConfig, link: WorkerLink | undefined) {
  const settings = databaseSettings(config);
  const uri = (await link?.begun)?.embeddedUri;
  return uri === undefined ? settings : { ...settings, uri, user: undefined, password: undefined };
}
