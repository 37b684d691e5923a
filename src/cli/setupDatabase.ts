import { type LoadedConfig, loadConfig } from '../base/config/load.ts';
import { databaseSettings } from '../base/config/mongodbHost.ts';
import { defined } from '../base/defined.ts';
import { VERSION } from '../base/version.ts';
import { openDatabase } from '../store/open.ts';
import { setUpDatabase, setupScript } from '../store/setup.ts';
import type { Account } from '../store/setupAccounts.ts';
import { UsageError } from './failure.ts';
import { type OwnerOptions, ownerAccount } from './ownerAccount.ts';
import { stopSignal } from './stopSignal.ts';

interface Options extends OwnerOptions {
  readonly config?: string;
  readonly print?: true;
}

/**
 * Makes collections, indexes, and the roles and accounts of the service and of pruning, with the account of the database's
 * owner, or prints the commands for that.
 *
 * @throws UsageError, OperatorError
 */
export async function setupDatabase(options: Options): Promise<void> {
  const loaded = loadConfig({ env: process.env, ...defined({ file: options.config }) });
  const account = serviceAccount(loaded.config);
  const pruneAccount = pruneAccountIn(loaded.config);
  const { collections } = await import('../server/assemble.ts');
  if (options.print) {
    const [database, program] = [loaded.config['mongodb-database'], VERSION];
    const accounts = defined({ user: account.user, pruneUser: pruneAccount?.user });
    for (const line of setupScript({ database, collections, program, ...accounts })) console.log(line);
    return;
  }
  const owner = await ownerAccount(options, loaded.config);
  const settings = databaseSettings({ ...loaded.config, ...owner });
  if (owner['mongodb-user'] === undefined) {
    throw new UsageError("give the account of the database's owner with --mongodb-user and --mongodb-pwd-file");
  }
  if (owner['mongodb-user'] === account.user) {
    throw new UsageError(
      `${account.user} is the account of the service (mongodb-user): give another one with --mongodb-user, so that the ` +
        'service cannot do what the owner of the database can',
    );
  }
  if (owner['mongodb-user'] === pruneAccount?.user) {
    throw new UsageError(
      `${pruneAccount?.user} is the account for pruning (audit-prune-user), which may do nothing else: give another one ` +
        'with --mongodb-user',
    );
  }
  const started: (() => Promise<void>)[] = [];
  try {
    const { database } = await openDatabase(settings, { report: (line) => console.error(line), started });
    const report = (line: string) => console.log(line);
    const accounts = defined({ account, pruneAccount });
    const setup = { database, collections, ...accounts, program: VERSION, signal: stopSignal(), report };
    for (const warning of await setUpDatabase(setup)) console.error(`warning: ${warning}`);
    console.log(`The service can use the database ${database.db.databaseName} with the account ${account.user}.`);
  } finally {
    for (const stop of started.toReversed()) await stop();
  }
}

/** @throws UsageError if the configuration names none */
function serviceAccount({
  'mongodb-host': host,
  'mongodb-user': user,
  'mongodb-pwd': password,
}: LoadedConfig['config']): Account {
  if (host === undefined) {
    throw new UsageError('the embedded MongoDB needs no setup: this command is for the MongoDB of a mongodb-host');
  }
  if (user === undefined || password === undefined) {
    throw new UsageError('name the account of the service in the configuration: mongodb-user and mongodb-pwd');
  }
  return { user, password };
}

/** The account that prunes the audit, if the configuration names one. @throws UsageError */
function pruneAccountIn({
  'mongodb-user': service,
  'audit-prune-user': user,
  'audit-prune-pwd': password,
}: LoadedConfig['config']): Account | undefined {
  if (user === undefined || password === undefined) return undefined;
  if (user !== service) return { user, password };
  throw new UsageError(
    `${user} is the account of the service (mongodb-user) too: name another one in audit-prune-user, so that the service's ` +
      'own account cannot remove records',
  );
}
