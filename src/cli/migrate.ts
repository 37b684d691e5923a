import { readFileSync } from 'node:fs';
import { type LoadedConfig, loadConfig } from '../base/config/load.ts';
import { databaseSettings } from '../base/config/mongodbHost.ts';
import { defined } from '../base/defined.ts';
import { errorCode } from '../base/errorCode.ts';
import { VERSION } from '../base/version.ts';
import { foresee, type MigrateOptions, migrate } from '../store/migrations/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { STEPS_PENDING } from './exitCodes.ts';
import { UsageError } from './failure.ts';
import { stopSignal } from './stopSignal.ts';

interface Options {
  readonly config?: string;
  readonly dryRun?: true;
  readonly mongodbUser?: string;
  readonly mongodbPwdFile?: string;
  readonly ignoreLiveInstances?: true;
}

/**
 * Migrates the database to the format of this program, or shows the steps. A signal ends it after the current batch.
 */
export async function migrateCommand(options: Options): Promise<void> {
  const { config: file, dryRun = false, ignoreLiveInstances = false } = options;
  const loaded = loadConfig({ env: process.env, ...defined({ file }) });
  const config = { ...loaded.config, ...accountOf(options, loaded.config) };
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
    } else if (await foresee(run)) {
      console.log('Nothing was changed.');
      process.exitCode = STEPS_PENDING;
    } else {
      console.log(`The database ${name} has the format of this version of Steward, ${VERSION}: nothing is to be done.`);
    }
  } finally {
    for (const stop of started.toReversed()) await stop();
  }
}

/** The account to use instead of the configured one. @throws UsageError */
function accountOf(
  { mongodbUser, mongodbPwdFile }: Options,
  config: LoadedConfig['config'],
): Partial<Pick<LoadedConfig['config'], 'mongodb-user' | 'mongodb-pwd'>> {
  if (mongodbUser === undefined && mongodbPwdFile === undefined) return {};
  if (mongodbUser === undefined || mongodbPwdFile === undefined) {
    throw new UsageError('--mongodb-user and --mongodb-pwd-file go together: give both or neither');
  }
  if (config['mongodb-host'] === undefined) {
    const why = 'the embedded MongoDB has no accounts';
    throw new UsageError(`${why}: --mongodb-user needs a mongodb-host in the configuration`);
  }
  return { 'mongodb-user': mongodbUser, 'mongodb-pwd': passwordIn(mongodbPwdFile) };
}

function passwordIn(file: string): string {
  let password: string;
  try {
    password = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageError(`--mongodb-pwd-file: ${file} cannot be read: ${errorCode(error)}`);
  }
  if (password === '') throw new UsageError(`--mongodb-pwd-file: ${file} is empty`);
  return password;
}
