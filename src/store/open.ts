import type { Database } from './database.ts';
import { type EmbeddedMongod, startEmbedded } from './embedded/server.ts';
import type { Migration } from './migrations/migration.ts';

/** Which database, and as whom. */
export interface DatabaseSettings {
  /** A mongodb:// URI; without one the embedded MongoDB is started. */
  readonly uri: string | undefined;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Where the embedded MongoDB keeps its files. */
  readonly dataDir: string;
}

export interface OpenOptions {
  /** Told what happens to the embedded MongoDB, one line at a time. */
  readonly report: (line: string) => void;
  /** Gets what stops each part that was started. */
  readonly started: (() => Promise<void>)[];
  /** The steps that lead to the layout of this program; all that there are by default. */
  readonly migrations?: readonly Migration[] | undefined;
  /** Called when there is nothing to do but to wait for MongoDB. */
  readonly onWait?: () => void;
}

export interface OpenedDatabase {
  readonly database: Database;
  readonly embedded: EmbeddedMongod | undefined;
}

/** Connects to a database; starts the embedded one where none is named. @throws UnfitDatabaseError */
export async function openDatabase(settings: DatabaseSettings, options: OpenOptions): Promise<OpenedDatabase> {
  const { uri, database: name, dataDir, user, password } = settings;
  const { report, started, migrations, onWait } = options;
  // While the embedded MongoDB starts, there is time to load the rest.
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
