import { loadConfig } from '../base/config/load.ts';
import { databaseSettings } from '../base/config/mongodbHost.ts';
import { defined } from '../base/defined.ts';
import { VERSION } from '../base/version.ts';
import { type MigrateOptions, migrate, previewMigration } from '../store/migrations/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { STEPS_PENDING } from './exitCodes.ts';
import { type OwnerOptions, ownerAccount } from './ownerAccount.ts';
import { stopSignal } from './stopSignal.ts';

interface Options extends OwnerOptions {
  readonly config?: string;
  readonly dryRun?: true;
  readonly ignoreLiveInstances?: true;
}

/**
 * Migrates the database to the format of this program, or shows the steps. A signal ends it after the current batch.
 */
export async function migrateCommand(options: Options): Promise<void> {
  const { config: file, dryRun = false, ignoreLiveInstances = false } = options;
  const loaded = loadConfig({ env: process.env, ...defined({ file }) });
  const config = { ...loaded.config, ...(await ownerAccount(options, loaded.config)) };
  const signal = stopSignal();
  const started: (() => Promise<void>)[] = [];
  try {
    const { database } = await openDatabase(databaseSettings(config), {
      report: (line) => console.error(line),
      started,
    });
    const report = (line: string) => console.log(line);
    const run: MigrateOptions = { database, program: VERSION, signal, report, ignoreLiveInstances };
    const name = database.db.databaseName;
    if (!dryRun) {
      await migrate(run);
      console.log(`The database ${name} has the format of this version of Steward, ${VERSION}.`);
    } else if (await previewMigration(run)) {
      console.log('Nothing was changed.');
      process.exitCode = STEPS_PENDING;
    } else {
      console.log(`The database ${name} has the format of this version of Steward, ${VERSION}: nothing is to be done.`);
    }
  } finally {
    for (const stop of started.toReversed()) await stop();
  }
}
