import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientSession, MongoError } from 'mongodb';
import { refuse, StewardError } from '../errors.ts';
import { assertAwaited } from './awaited.ts';
import { type Database, duplicateKeyIndex, isUnavailable } from './database.ts';
import { Lane } from './lane.ts';
import { type DrawnNumbers, RevisionConflict, Transaction } from './transaction.ts';

/** How often the body may run again on a write conflict, and how long an unanswered commit is asked for. */
const MAX_ATTEMPTS = 30;
/** Somebody else inserted the same key first: the body runs again, and sees it. */
const MAX_DUPLICATES = 3;
const COMMIT_PATIENCE_MS = 30_000;

export interface TransactOptions {
  readonly now: () => Date;
  /** Do everything, note the changes, then undo it all. */
  readonly dryRun?: boolean;
  /** Calls that wait for the same lane share a transaction. */
  readonly lane?: LaneName;
  /** Throw what the first conflict throws, rather than run again. */
  readonly once?: true;
  /** Numbers drawn for it before. */
  readonly drawn?: DrawnNumbers;
  /** Aborts when nobody waits for the answer any more: then nothing is begun, and nothing committed. */
  readonly signal?: AbortSignal;
}

/**
 * How many transactions at a time each lane has. `roster`: calls that change the roster, which is one document.
 * `workspaces`: calls that change a workspace each, in a few steps and with a small record. `objects`: saves of few objects.
 */
const LANES = { roster: 1, workspaces: 2, objects: 2 } as const;

export type LaneName = keyof typeof LANES;

/**
 * Runs `body` in one MongoDB transaction (snapshot reads, majority commit). On a write conflict, and when somebody else
 * inserted the same unique key first, the body runs again, so nothing may leave the process from inside it. An error of
 * the body aborts and is thrown as it is.
 *
 * @throws conflict_busy after too many conflicts; outcome_unknown when the server never says whether it committed;
 *   caller_gone when the signal aborts before the commit has begun
 */
export function transact<R>(
  database: Database,
  options: TransactOptions,
  body: (tx: Transaction) => Promise<R>,
): Promise<R> {
  if (options.lane === undefined || options.dryRun) return transactAlone(database, options, body);
  return laneOf(database, options.lane).join(options, body);
}

const lanes = new WeakMap<Database, Map<LaneName, Lane>>();

/** The lane of this name in this database; the same one each time. */
function laneOf(database: Database, name: LaneName): Lane {
  const named = lanes.get(database) ?? new Map<LaneName, Lane>();
  lanes.set(database, named);
  const lane = named.get(name) ?? new Lane(LANES[name], (timing, body) => transactAlone(database, timing, body));
  named.set(name, lane);
  return lane;
}

/** As `transact`, in a MongoDB transaction of its own. */
async function transactAlone<R>(
  database: Database,
  options: TransactOptions,
  body: (tx: Transaction) => Promise<R>,
): Promise<R> {
  const { drawn = [], signal } = options;
  const session = database.client.startSession();
  try {
    let duplicates = 0;
    let collided: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      assertAwaited(signal);
      session.startTransaction({
        readConcern: { level: 'snapshot' },
        writeConcern: { w: 'majority' },
        readPreference: 'primary',
      });
      try {
        const tx = new Transaction(database, session, {
          now: options.now(),
          dryRun: options.dryRun === true,
          drawn,
          collided,
        });
        const result = await body(tx);
        if (options.dryRun) {
          await session.abortTransaction();
          return result;
        }
        await tx.flush();
        assertAwaited(signal);
        await commit(session);
        return result;
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
        if (options.once) throw error;
        collided = duplicateKeyIndex(error);
        const raced = collided !== undefined && duplicates < MAX_DUPLICATES;
        if (raced) duplicates += 1;
        // A number that is taken (the counter was restored from an older state, say) is drawn anew.
        if (collided === '_id_') drawn.length = 0;
        if (!raced && !isTransient(error)) {
          if (isRefusal(error)) giveBack(database, drawn);
          throw error;
        }
        if (attempt >= MAX_ATTEMPTS) throw refuse('conflict_busy');
        await sleep(Math.random() * Math.min(2 ** attempt, 100));
      }
    }
  } finally {
    await session.endSession();
  }
}

async function commit(session: ClientSession): Promise<void> {
  const deadline = Date.now() + COMMIT_PATIENCE_MS;
  for (;;) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      if (!isUndecided(error)) throw error;
      if (Date.now() > deadline) throw refuse('outcome_unknown');
      await sleep(50);
    }
  }
}

/** True when it may or may not have committed. The driver labels a lost answer so, but not that it then finds no server. */
function isUndecided(error: unknown): boolean {
  if (!(error instanceof MongoError) || error.hasErrorLabel('TransientTransactionError')) return false;
  return error.hasErrorLabel('UnknownTransactionCommitResult') || isUnavailable(error);
}

function giveBack(database: Database, drawn: DrawnNumbers): void {
  for (const { counter, count, number, spare } of drawn) {
    for (let i = 0; spare && i < count; i += 1) database.counters.giveBack(counter, number + i);
  }
}

/** The body said no, so it was not committed, and never will be. */
const isRefusal = (error: unknown) => error instanceof StewardError && error.reason !== 'outcome_unknown';

function isTransient(error: unknown): boolean {
  return (
    error instanceof RevisionConflict ||
    (error instanceof MongoError && error.hasErrorLabel('TransientTransactionError'))
  );
}
