import { type LoadedConfig, loadConfig } from '../base/config/load.ts';
import { defined } from '../base/defined.ts';
import { OperatorError } from '../base/errors.ts';
import { createLogger } from '../base/log.ts';
import { Findings } from '../domain/imports/findings.ts';
import type { Accounts } from '../domain/imports/importedUsers.ts';
import { assertImportable, importKbase, STEPS } from '../domain/imports/importKbase.ts';
import { inspect } from '../domain/imports/inspect.ts';
import type { StepContext } from '../domain/imports/step.ts';
import { kbaseAccounts, openImport, unknownAccounts } from '../server/importing.ts';
import { UsageError } from './failure.ts';
import { withImportDatabases } from './importDatabases.ts';
import { ImportMeter } from './importMeter.ts';
import { textOf, usersIn } from './importUsers.ts';

export interface ImportOptions {
  readonly config?: string;
  readonly from: string;
  readonly types?: string;
  readonly blobs: string;
  readonly users?: string;
  readonly authTokenFile?: string;
  readonly dryRun?: true;
  readonly keepGoing?: true;
  readonly checkData?: true;
}

/**
 * Imports a KBase Workspace database. A signal ends it after the current part; the next run continues there.
 *
 * @throws UsageError, OperatorError
 */
export async function importCommand(options: ImportOptions): Promise<void> {
  const loaded = loadConfig({ env: process.env, ...defined({ file: options.config }) });
  const accounts = accountsFor(options, loaded);
  const log = createLogger({ level: loaded.config['log-level'] });
  await withImportDatabases(loaded, options, async ({ sources, ...opened }) => {
    await assertImportable(opened.database, sources.workspace.place);
    await inspected(sources, options, opened.signal);
    if (options.dryRun) {
      console.log('Nothing was written.');
      return;
    }
    const { context, users, journal } = await openImport({ loaded, log, ...opened }, sources, accounts);
    const meter = new ImportMeter(await totals(context));
    const done = await importKbase({
      ...{ context, users, journal, signal: opened.signal },
      now: () => new Date(),
      report: (progress) => meter.show(progress.counts),
    });
    meter.end();
    for (const { step, read, added, changed } of done.counts) {
      console.log(`${step}: ${read} read, ${added} added, ${changed} changed`);
    }
    console.log('The import is complete.');
  });
}

/** Reads everything, and says what cannot be imported. @throws OperatorError */
async function inspected(
  sources: Omit<StepContext, 'database' | 'contents'>,
  { keepGoing, checkData }: ImportOptions,
  signal: AbortSignal,
): Promise<void> {
  const findings = new Findings();
  const read = new Map<string, number>();
  await inspect({
    ...{ sources, findings, signal, checksData: checkData === true },
    report: (collection, count) => read.set(collection, count),
  });
  for (const [collection, count] of read) console.log(`${collection}: ${count} documents`);
  for (const { kind, id, why } of findings.listed) console.error(`${kind} ${id}: ${why}`);
  const more = findings.total - findings.listed.length;
  if (more > 0) console.error(`and ${more} more`);
  if (findings.total === 0) return;
  const counted = Object.entries(findings.counts).map(([kind, count]) => `${kind} ${count}`);
  const said = `${findings.total} ${findings.total === 1 ? 'item' : 'items'} cannot be imported (${counted.join(', ')})`;
  if (findings.counts.database !== undefined) throw new OperatorError(`${said}. Nothing was written.`);
  if (!keepGoing) {
    throw new OperatorError(`${said}. Nothing was written. Correct them, or leave them out with --keep-going.`);
  }
  console.error(`${said}: they are left out.`);
}

/** How users will sign in. @throws UsageError */
function accountsFor({ users, authTokenFile }: ImportOptions, { config }: LoadedConfig): Accounts {
  if (users !== undefined && authTokenFile !== undefined) {
    throw new UsageError('give either --users or --auth-token-file');
  }
  if (users !== undefined) return usersIn(users);
  if (authTokenFile === undefined) return unknownAccounts;
  const url = config['auth2-service-url'];
  if (url === undefined) throw new UsageError('--auth-token-file needs auth2-service-url in the configuration');
  return kbaseAccounts(url, textOf(authTokenFile, '--auth-token-file').trim());
}

/** About how many documents each step reads. */
async function totals(context: StepContext): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const { name, collection, database } of STEPS) {
    found.set(name, await context[database].estimatedCount(collection));
  }
  return found;
}
