import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../../audit/journal.ts';
import { auditCollection, effectOf } from '../../audit/record.ts';
import { OperatorError } from '../../base/errors.ts';
import { STEWARD } from '../../identity/serviceNames.ts';
import type { Database } from '../../store/database.ts';
import { assertNotForeign } from '../../store/migrations/foreign.ts';
import { transact } from '../../store/transact.ts';
import type { Transaction } from '../../store/transaction.ts';
import { underLease } from '../../store/underLease.ts';
import { objects } from '../objects/object.ts';
import { workspaces } from '../resources/resource.ts';
import { functionStep, typeStep } from './definitionSteps.ts';
import type { ImportedUsers } from './importedUsers.ts';
import { dropLaterIndexes, makeLaterIndexes } from './laterIndexes.ts';
import { moduleStep, moduleVersionStep } from './moduleSteps.ts';
import { objectStep } from './objectStep.ts';
import { inParts, pagesOf } from './pages.ts';
import { type ImportProgress, imports, KBASE_IMPORT, type Position, type StepCount } from './progress.ts';
import { readAhead } from './readAhead.ts';
import { requestStep } from './requestStep.ts';
import { adminStep, counterStep, settingStep } from './settingSteps.ts';
import type { Item, Prepared, Step, StepContext } from './step.ts';
import { versionStep } from './versionStep.ts';
import { workspaceStep } from './workspaceStep.ts';

/** What comes later may name what comes earlier. */
export const STEPS: readonly Step[] = [
  moduleVersionStep,
  typeStep,
  functionStep,
  moduleStep,
  requestStep,
  workspaceStep,
  objectStep,
  versionStep,
  adminStep,
  settingStep,
  counterStep,
];

/** The bytes of one transaction at most, with provenance and specifications. */
const MAX_CHANGE_BYTES = 200_000_000;
const LEASE = 'import';
/** The command in the records of an import. */
const COMMAND = 'import';
/** Longer than the lease of an import that was killed outlives it. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 200;

export interface ImportOptions {
  readonly context: StepContext;
  readonly users: ImportedUsers;
  readonly journal: Journal;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Told after each transaction. */
  readonly report: (progress: ImportProgress) => void;
}

/**
 * Imports a KBase Workspace database, or continues an import that was interrupted. Once it is complete, another run
 * brings what is new or changed.
 *
 * @returns what this run did
 * @throws OperatorError if another import runs, or users have written here
 */
export async function importKbase(options: ImportOptions): Promise<ImportProgress> {
  const { context, signal } = options;
  let done: ImportProgress | undefined;
  const holding = () =>
    underLease(context.database, { name: LEASE, stop: signal }, async (underWay) => {
      await assertImportable(context.database, context.workspace.place);
      done = await runUnder(underWay, options);
    });
  let patience = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    if (await holding()) patience = AbortSignal.timeout(PATIENCE_MS);
    if (done !== undefined) return done;
    if (patience.aborted) throw new OperatorError('Another import into this database is running.');
    await sleep(RETRY_MS, undefined, { signal });
  }
}

/** @returns undefined if the lease was lost, as happens on a busy machine: the import goes on once it has it again */
async function runUnder(underWay: AbortSignal, options: ImportOptions): Promise<ImportProgress | undefined> {
  try {
    return await run({ ...options, signal: underWay });
  } catch (error) {
    if (error !== underWay.reason || options.signal.aborted) throw error;
    return undefined;
  }
}

/** @throws OperatorError if users have written here, or another database was imported */
export async function assertImportable(database: Database, source: string): Promise<void> {
  const progress = await database.get(imports, KBASE_IMPORT);
  if (progress !== null && progress.source !== source) {
    throw new OperatorError(`This house was imported from ${progress.source}, and can be imported from nowhere else.`);
  }
  const isForeign =
    progress === null && (await database.count(workspaces, {}, 1)) + (await database.count(objects, {}, 1));
  if (isForeign) {
    // KBase's own database has collections of these names too.
    await assertNotForeign(database.db);
    throw new UsersWroteError();
  }
  await assertUnwritten(database);
}

class UsersWroteError extends OperatorError {
  constructor() {
    super(
      'Users have written to this database, so that nothing can be imported into it any more. Import into an empty one ' +
        '(mongodb-database).',
    );
  }
}

const CONTENT = ['workspaces', 'objects', 'versions', 'modules', 'moduleVersions', 'moduleRequests', 'dynamicConfig'];

/** The records of an import are many, and an index leaves them out. */
const OTHER_COMMANDS = [{ $lt: COMMAND }, { $gt: COMMAND }].map((command) => ({ 'records.command': command }));

/** @throws UsersWroteError */
async function assertUnwritten(database: Database): Promise<void> {
  const changed = [{ 'changes.collection': { $in: CONTENT } }, { changeParts: { $exists: true } }];
  const written = { $elemMatch: { outcome: 'success', via: { $ne: 'import' }, $or: changed } };
  if ((await database.count(auditCollection, { $or: OTHER_COMMANDS, records: written }, 1)) > 0) {
    throw new UsersWroteError();
  }
}

async function run(options: ImportOptions): Promise<ImportProgress> {
  let progress = await begin(options);
  const first = progress.step;
  for (const [i, step] of STEPS.entries()) {
    if (i < first) continue;
    const after = i === first ? progress.after : undefined;
    for await (const { items, prepared } of readAhead(preparedPages(step, options.context, after))) {
      await inParts(step, items, async (part) => {
        options.signal.throwIfAborted();
        const ready = await (part === items ? prepared : step.prepare(options.context, part));
        progress = await importPage({ ...options, step, index: i, progress, prepared: ready }, part);
        options.report(progress);
      });
    }
  }
  await makeLaterIndexes(options.context.database);
  return recorded(options, { step: 'end' }, (tx) => tx.update(imports, progress, finished(progress, tx.now)));
}

interface PreparedPage {
  readonly items: readonly Item[];
  /** It has settled; it may have failed because too much belongs to the page. */
  readonly prepared: Promise<Prepared>;
}

async function* preparedPages(step: Step, context: StepContext, after?: Position): AsyncGenerator<PreparedPage> {
  for await (const items of pagesOf(step, context, after)) {
    const prepared = step.prepare(context, items);
    await prepared.catch(() => undefined);
    yield { items, prepared };
  }
}

const finished = ({ after: _, ...progress }: ImportProgress, finishedAt: Date): ImportProgress => ({
  ...progress,
  step: STEPS.length,
  state: 'done',
  finishedAt,
});

async function begin(options: ImportOptions): Promise<ImportProgress> {
  const { context } = options;
  const present = await context.database.get(imports, KBASE_IMPORT);
  if (present?.state === 'running') return present;
  if (present === null) await dropLaterIndexes(context.database);
  return recorded(options, { step: 'begin' }, async (tx) => {
    const fresh = {
      source: context.workspace.place,
      state: 'running',
      step: 0,
      counts: [],
      startedAt: tx.now,
    } as const;
    if (present === null) return tx.insert(imports, { _id: KBASE_IMPORT, run: 1, ...fresh });
    return tx.update(imports, present, { _id: KBASE_IMPORT, run: present.run + 1, ...fresh });
  });
}

interface Page extends ImportOptions {
  readonly step: Step;
  readonly index: number;
  readonly progress: ImportProgress;
  readonly prepared: Prepared;
}

async function importPage(page: Page, items: readonly Item[]): Promise<ImportProgress> {
  const { step, index, progress, users, context, prepared } = page;
  const last = items.at(-1);
  if (last === undefined) return progress;
  await users.prepare(prepared.users);
  // The service may have been started meanwhile.
  await assertUnwritten(context.database);
  let ids: ReadonlyMap<string, string> = new Map();
  const params = { step: step.name, from: items[0]?.at, to: last.at };
  const after = await recorded(page, params, async (tx) => {
    ids = await users.idsIn(tx, prepared.users);
    const written = await prepared.write(
      tx,
      (name) => ids.get(name) ?? unknown(name),
      (name) => users.isFormer(name),
    );
    const before = progress.counts.find((count) => count.step === step.name);
    const count: StepCount = {
      step: step.name,
      read: (before?.read ?? 0) + items.length,
      added: (before?.added ?? 0) + written.added,
      changed: (before?.changed ?? 0) + written.changed,
    };
    const counts = [...progress.counts.filter((other) => other !== before), count];
    return tx.update(imports, progress, { ...progress, step: index, after: last.at, counts });
  });
  users.keep(ids);
  return after;
}

/** A transaction with its audit record. */
function recorded<R>(
  { context, journal, now }: ImportOptions,
  params: object,
  body: (tx: Transaction) => Promise<R>,
): Promise<R> {
  return transact(context.database, { now }, async (tx) => {
    tx.allowChange(MAX_CHANGE_BYTES);
    const result = await body(tx);
    await journal.appendIn(tx, {
      at: tx.now,
      via: 'import',
      command: COMMAND,
      outcome: 'success',
      actor: STEWARD,
      authority: 'service',
      params: { source: context.workspace.place, ...params },
      ...effectOf(tx),
      requestId: 'import',
      address: '-',
    });
    return result;
  });
}

function unknown(name: string): never {
  throw new TypeError(`the user ${name} was not prepared`);
}
