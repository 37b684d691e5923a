import type { Database } from './database.ts';
import { type EmbeddedMongod, startEmbedded } from './embedded/server.ts';
import type { Report } from './embedded/supervise.ts';
import type { Migration } from './migrations/migration.ts';

/** The database and the account to use. */
export interface DatabaseSettings {
  /** A mongodb:// URI; if undefined, the embedded MongoDB is started. */
  readonly uri: string | undefined;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Where the embedded MongoDB keeps its files. */
  readonly dataDir: string;
}

export interface OpenOptions {
  /** Receives progress lines of the embedded MongoDB. */
  readonly report: Report;
  /** Receives a function to stop each part that was started. */
  readonly started: (() => Promise<void>)[];
  /** The migration steps that lead to the layout of this program; all steps by default. */
  readonly migrations?: readonly Migration[] | undefined;
  /** Called when only MongoDB is waited for, so that other work can be done meanwhile. */
  readonly onWait?: () => void;
}

export interface OpenedDatabase {
  readonly database: Database;
  readonly embedded: EmbeddedMongod | undefined;
}

/** Connects to the database, starting the embedded one if no URI is given. @throws UnfitDatabaseError */
export async function openDatabase(settings: DatabaseSettings, options: OpenOptions): Promise<OpenedDatabase> {
  const { uri, database: name, dataDir, user, password } = settings;
  const { report, started, migrations, onWait } = options;
  // Loaded while the embedded MongoDB starts.
  const loaded = () => import('./database.ts');
  const onSpawn = () => {
    loaded().catch(() => undefined);
    onWait?.();
  };
  const embedded = uri === undefined ? await startEmbedded({ dataDir, report, onSpawn }) : undefined;
  if (embedded !== undefined) started.push(embedded.stop);
  const { Database } = await loaded();
  const connecting = Database.connect({
    uri: embedded?.uri ?? uri ?? '',
    database: name,
    ...(migrations === undefined ? {} : { migrations }),
    ...(embedded !== undefined || user === undefined ? {} : { user, password: password ?? '' }),
  });
  if (embedded === undefined) onWait?.();
  const database = await connecting;
  started.push(() => database.close());
  return { database, embedded };
}
