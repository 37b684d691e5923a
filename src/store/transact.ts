import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientSession, MongoError, MongoServerError } from 'mongodb';
import { refuse } from '../base/errors.ts';
import type { DrawnNumbers } from './assignments.ts';
import { assertAwaited } from './awaited.ts';
import { type Database, duplicateKeyIndex, isFailedWrite, isUnavailable } from './database.ts';
import { Lane, type LaneKind, type Transact } from './lane.ts';
import { isTooLarge } from './size.ts';
import { Transaction } from './transaction.ts';
import { RevisionConflict } from './writes.ts';

/** For how long a body is repeated on write conflicts, and the outcome of an unanswered commit is asked for. */
const CONFLICT_PATIENCE_MS = 20_000;
/** How often a shared transaction is tried when it conflicts, before each of its calls runs alone. */
const SHARED_ATTEMPTS = 6;
/** Another transaction inserted the same key first: the body runs again, and sees it. */
const MAX_DUPLICATES = 3;
const COMMIT_PATIENCE_MS = 30_000;
/** The server aborts transactions after a minute: an older one was not aborted because of a conflict. */
const LIFETIME_MS = 55_000;
const NO_SUCH_TRANSACTION = 251;

export interface TransactOptions {
  readonly now: () => Date;
  /** Do everything, note the changes, then undo it all. */
  readonly dryRun?: boolean;
  /** Calls in the same lane share transactions. */
  readonly lane?: LaneName;
  /** Set for the work of several calls: it gives up earlier on conflicts, and at once if a key is taken. */
  readonly shared?: true;
  /** Whether the units of work of the transaction run side by side instead of in turn. */
  readonly sideBySide?: boolean;
  /** For how many milliseconds the body is repeated on write conflicts; {@link CONFLICT_PATIENCE_MS} by default. */
  readonly patienceMs?: number;
  /** Numbers drawn for it before. */
  readonly drawn?: DrawnNumbers;
  /** Aborts when nobody waits for the answer any more: nothing is begun or committed then. */
  readonly signal?: AbortSignal;
}

/**
 * - `roster`: calls that change the roster, which is one document
 * - `owners`: calls that change the owner of a workspace; gifts to the same user would conflict in two transactions
 * - `workspaces`: calls that make a workspace
 * - `objects`: saves of few objects
 */
const LANES = {
  roster: { width: 1, way: 'inTurn' },
  owners: { width: 1, way: 'sideBySide' },
  workspaces: { width: 2, way: 'sideBySide' },
  objects: { width: 2, way: 'sideBySide' },
} as const satisfies Record<string, LaneKind>;

const DOCUMENT_LANE: LaneKind = { width: 1, way: 'inTurn' };

/**
 * A named lane, or the lane of all calls that change one document. Calls in it run one after the other, several in one
 * transaction, instead of conflicting.
 */
export type LaneName = keyof typeof LANES | DocumentLane;
export type DocumentLane = `document ${string}`;

/**
 * Runs `body` in one MongoDB transaction (snapshot reads, majority commit). On a write conflict, and when somebody else
 * inserted the same unique key first, the body runs again, so nothing may leave the process from inside it. An error of
 * the body aborts and is thrown as it is. Changes without an audit record abort too.
 *
 * @throws UnrecordedChangesError when the body made changes and recorded none of them, or not all
 * @throws conflict_busy where conflicts go on for {@link CONFLICT_PATIENCE_MS}; outcome_unknown when the server never says whether it committed;
 *   change_too_big when the changes are more than a record or a transaction can hold; caller_gone when the
 *   signal aborts before the commit has begun
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
  const transact: Transact = (timing, body) => transactAlone(database, timing, body);
  const known = named.get(name);
  if (known !== undefined) return known;
  const lane: Lane = new Lane(isDocumentLane(name) ? DOCUMENT_LANE : LANES[name], transact, {
    giveBack: (drawn) => database.counters.giveBackAll(drawn),
    // Callers can name any number of documents.
    idle: () => void (isDocumentLane(name) && named.delete(name)),
  });
  named.set(name, lane);
  return lane;
}

const isDocumentLane = (name: LaneName): name is DocumentLane => name.startsWith('document ');

/** As `transact`, in a MongoDB transaction of its own. */
async function transactAlone<R>(
  database: Database,
  options: TransactOptions,
  body: (tx: Transaction) => Promise<R>,
): Promise<R> {
  const { drawn = [], signal } = options;
  const session = database.client.startSession();
  const patientUntil = performance.now() + (options.patienceMs ?? CONFLICT_PATIENCE_MS);
  try {
    await database.sessions.announce(session);
    let duplicates = 0;
    let collided: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      // Calls that conflicted run one after the other, since side by side they would conflict again.
      const leave = attempt > 1 ? await database.conflicts.enter(patientUntil - performance.now()) : undefined;
      assertAwaited(signal);
      const beganAt = performance.now();
      session.startTransaction({
        readConcern: { level: 'snapshot' },
        writeConcern: { w: 'majority' },
        readPreference: 'primary',
      });
      const { now, dryRun = false, sideBySide = false } = options;
      const attempted = { now: now(), dryRun, sideBySide, drawn, collided };
      const tx = new Transaction({ database, session }, attempted);
      let committing = false;
      try {
        const result = await body(tx);
        if (dryRun) {
          // What the server refuses, such as a name that is taken, a dry run is refused too.
          await tx.sendWrites();
          await session.abortTransaction();
          return result;
        }
        tx.assertRecorded();
        await tx.flush();
        await database.confirmCommit();
        await tx.confirmRelied();
        assertAwaited(signal);
        committing = true;
        await commit(session);
        database.counters.giveBackAll(tx.unused);
        return result;
      } catch (error) {
        tx.end();
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
        const expired = performance.now() - beganAt > LIFETIME_MS && hasCode(error, NO_SUCH_TRANSACTION);
        const transient = isTransient(error) && !expired;
        if (options.shared && !(transient && attempt < SHARED_ATTEMPTS)) throw error;
        collided = duplicateKeyIndex(error);
        const raced = collided !== undefined && duplicates < MAX_DUPLICATES;
        if (raced) duplicates += 1;
        // If a number is taken (such as after the counter was restored from a backup), another one is drawn.
        if (collided === '_id_') drawn.length = 0;
        if ((raced || transient) && performance.now() < patientUntil) {
          leave?.();
          await sleep(Math.random() * Math.min(2 ** attempt, 100));
          continue;
        }
        // The outcome can be unknown only after the commit was sent.
        if (transient || !committing) database.counters.giveBackAll(drawn);
        if (raced || transient) throw refuse('conflict_busy');
        throw expired || isTooLarge(error) ? tooLarge() : error;
      } finally {
        tx.end();
        leave?.();
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

/** True if the transaction may have committed. The driver labels a lost answer, but not that it finds no server afterwards. */
function isUndecided(error: unknown): boolean {
  if (isFailedWrite(error)) return true;
  if (!(error instanceof MongoError) || error.hasErrorLabel('TransientTransactionError')) return false;
  return error.hasErrorLabel('UnknownTransactionCommitResult') || isUnavailable(error);
}

const hasCode = (error: unknown, code: number) => error instanceof MongoServerError && error.code === code;

/** The server's errors for a transaction that turned out to be too large. */
const tooLarge = () => refuse('change_too_big', 'The call would change more than the database takes at once');

function isTransient(error: unknown): boolean {
  return (
    error instanceof RevisionConflict ||
    isFailedWrite(error) ||
    (error instanceof MongoError && error.hasErrorLabel('TransientTransactionError'))
  );
}
