import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database.ts';
import { underLease } from '../underLease.ts';
import { isUnauthorized, saidBy } from '../unfitDatabase.ts';
import { awaitTransactions } from './barrier.ts';
import { assertNotForeign } from './foreign.ts';
import { beginMigration, endStep, FormatError, formatOf, giveUpMigration, meta, readFormat, stamp } from './format.ts';
import { FIRST_FORMAT, formatAfter } from './index.ts';
import { olderInstances, runningInstances } from './instances.ts';
import { type Migration, MigrationInterrupted } from './migration.ts';
import { runStep } from './runStep.ts';
import { stateOf } from './state.ts';
import { CONFIRMED_MS } from './watch.ts';

export interface MigrateOptions {
  readonly database: Database;
  /** The version of this program. */
  readonly program: string;
  /** Ends the migration after the current batch. */
  readonly signal: AbortSignal;
  /** Receives progress lines for the operator. */
  readonly report: (line: string) => void;
  /** The operator confirms that no instance of a version older than formats uses this database. */
  readonly ignoreLiveInstances?: boolean;
}

const LEASE = 'migration';
const POLL_MS = 500;
const SLOW_BARRIER_MS = 2_000;
const SLOW_BARRIER = 'waiting for transactions that a killed process left open; MongoDB ends them within a minute';

/**
 * Migrates the database to the format of this program, or waits while another process does. A new database gets the newest
 * format at once.
 *
 * @throws FormatError with a message for the operator; MigrationInterrupted if the signal aborts
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { database, program, signal, report } = options;
  let isWaiting = false;
  for (;;) {
    if (signal.aborted) throw new MigrationInterrupted('the process is to end');
    const state = await allowed(database, () => stateOf(database, program));
    if (state === 'upToDate') return;
    if (state === 'new') {
      await allowed(database, () => assertNotForeign(database.db));
      await allowed(database, () => stamp(database.db, formatAfter(database.migrations), program));
      continue;
    }
    if (await applyUnderLease(options)) continue;
    if (!isWaiting) report('another instance migrates the database: waiting for it');
    isWaiting = true;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** @throws FormatError if the account may not read and write the database */
async function allowed<T>({ db }: Database, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    throw new FormatError(
      `The account that is used may not read and write the database ${db.databaseName}: run steward setup-database with ` +
        `the account of the database's owner, which gives it the role; the server says: ${saidBy(error)}`,
    );
  }
}

/** Reports what {@link migrate} would do, without changing anything. @returns whether there is something to do */
export async function previewMigration({ database, program, signal, report }: MigrateOptions): Promise<boolean> {
  const state = await stateOf(database, program);
  const newest = formatAfter(database.migrations);
  if (state === 'upToDate') return false;
  if (state === 'new') {
    await assertNotForeign(database.db);
    report(`the database ${database.db.databaseName} is new: it would be given format ${newest}`);
    return true;
  }
  const format = (await formatOf(database.db)) ?? FIRST_FORMAT;
  report(
    format === newest
      ? `the version document of the database ${database.db.databaseName} would be written: it has format ${newest}`
      : `the database ${database.db.databaseName} would be migrated from format ${format} to format ${newest}`,
  );
  let passes = (await readFormat(database.db))?.migrating?.passes ?? [];
  for (const [step, next] of stepsFrom(database, format)) {
    report(headline(step, next));
    await runStep(step, { database, signal, holder: undefined, passes }, report);
    passes = [];
  }
  return true;
}

/** @returns false if another process has the lease or took over */
async function applyUnderLease(options: MigrateOptions): Promise<boolean> {
  const { database, signal } = options;
  try {
    return await underLease(database, { name: LEASE, stop: signal }, (held) => apply({ ...options, signal: held }));
  } catch (error) {
    if (error instanceof MigrationInterrupted && !signal.aborted) return false;
    if (isUnauthorized(error)) {
      throw new FormatError(
        `The account that is used may not migrate the database ${database.db.databaseName}: run steward migrate, or ` +
          'steward setup-database if the account has its role from that, with --mongodb-user and --mongodb-pwd-file of ' +
          "the database's owner, then start the service again; the server " +
          `says: ${saidBy(error)}`,
      );
    }
    throw error;
  }
}

async function apply(options: MigrateOptions): Promise<void> {
  const { database, program, signal, report } = options;
  const { db } = database;
  if ((await stateOf(database, program)) === 'upToDate') return;
  const to = formatAfter(database.migrations);
  await stamp(db, FIRST_FORMAT, program);
  if (to === FIRST_FORMAT) return;
  const isResumed = (await readFormat(db))?.migrating !== undefined;
  // Asks for the right that the barrier needs, before running instances stop for the migration.
  await db.command({ collMod: meta.name });
  const holder = randomUUID();
  const { format, migrating } = await beginMigration(db, { to, holder });
  report(`migrating the database ${db.databaseName} from format ${format} to format ${to}`);
  try {
    await awaitOthers(options);
  } catch (error) {
    if (!isResumed) await giveUpMigration(db, holder);
    throw error;
  }
  let passes = migrating?.passes ?? [];
  for (const [step, next] of stepsFrom(database, format)) {
    report(headline(step, next));
    const writes = await runStep(step, { database, signal, holder, passes }, report);
    await endStep(db, holder, { step: step.name, format: next, at: new Date(), program, writes, isLast: next === to });
    passes = [];
  }
  report(`the database ${db.databaseName} has format ${to}`);
}

/**
 * Waits until nothing that began before the migration can still be committed. Registered instances confirm the format at
 * most {@link CONFIRMED_MS} before a commit (watch.ts). After twice that time, transactions that may still commit have
 * touched their collections, and the barrier waits for them.
 *
 * @throws FormatError if an instance of a version older than formats runs, which would go on writing
 */
async function awaitOthers({ database, signal, report, ignoreLiveInstances = false }: MigrateOptions): Promise<void> {
  const began = performance.now();
  for (let told = false; ; told = true) {
    if (signal.aborted) throw new MigrationInterrupted('the process is to end, or lost its lease');
    const { running, hasAny } = await runningInstances(database);
    if (running.length === 0) {
      if (hasAny) await sleep(Math.max(0, began + 2 * CONFIRMED_MS - performance.now()));
      break;
    }
    const names = running.map(({ host, pid, program }) => `process ${pid} on ${host} (Steward ${program})`);
    if (!told) report(`waiting until these instances have stopped: ${names.join(', ')}`);
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  if (!ignoreLiveInstances) await assertNoneOlder(database, signal, report);
  const slow = setTimeout(() => report(SLOW_BARRIER), SLOW_BARRIER_MS);
  await awaitTransactions(database.db, signal).finally(() => clearTimeout(slow));
}

async function assertNoneOlder(database: Database, signal: AbortSignal, report: (line: string) => void): Promise<void> {
  const { db } = database;
  const { runs, connections } = await olderInstances(database, LEASE, signal);
  if (runs) {
    throw new FormatError(
      `A Steward of before formats still works on the database ${db.databaseName}, and would go on writing what the ` +
        'migration changes: stop all of its instances and start again. If you know that none is left, run steward ' +
        'migrate --ignore-live-instances.',
    );
  }
  if (connections > 0) {
    report(
      `${connections} connections to this MongoDB server are of a Steward of before formats; none was seen to use the ` +
        `database ${db.databaseName}`,
    );
  }
}

/** The steps from this format on, each with the format after it. */
const stepsFrom = ({ migrations }: Database, format: number): (readonly [Migration, number])[] =>
  migrations.map((step, i) => [step, FIRST_FORMAT + i + 1] as const).slice(format - FIRST_FORMAT);

const headline = ({ name, summary }: Migration, next: number) => `format ${next}, ${name}: ${summary}`;
