import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientSession, MongoError, MongoServerError } from 'mongodb';
import { refuse } from '../base/errors.ts';
import type { DrawnNumbers } from './assignments.ts';
import { assertAwaited, beginCommit, commitFailed } from './awaited.ts';
import { type Database, duplicateKeyIndex, isFailedWrite, isInterrupted, isUnavailable } from './database.ts';
import { Lane, type LaneKind, type Transact } from './lane.ts';
import { mongoTransaction } from './mongoTransaction.ts';
import { isTooLarge } from './size.ts';
import { Transaction } from './transaction.ts';
import { RevisionConflict } from './writes.ts';

/** How long a body is repeated on write conflicts. */
const CONFLICT_PATIENCE_MS = 20_000;
/** How often a shared transaction is tried on conflicts before each of its calls runs alone. */
const SHARED_ATTEMPTS = 6;
/** How often the body runs again because another transaction inserted the same key first. */
const MAX_DUPLICATES = 3;
/** How long the outcome of an unanswered commit is queried. */
const COMMIT_PATIENCE_MS = 30_000;
/**
 * The server aborts transactions after a minute, unless it is configured otherwise. An older one is not committed: whoever reads
 * the audit relies on it. If an older one was aborted, the reason was its age, and not a conflict.
 */
const LIFETIME_MS = 55_000;
const NO_SUCH_TRANSACTION = 251;
/** The server's other answer about a transaction that has become too old. */
const LIFETIME_EXCEEDED = 290;

export interface TransactOptions {
  readonly now: () => Date;
  /** Do everything, note the changes, then abort. */
  readonly dryRun?: boolean;
  /** Calls in the same lane share transactions. */
  readonly lane?: LaneName;
  /** Set for the work of several calls: gives up earlier on conflicts, and at once if a key is taken. */
  readonly shared?: true;
  /** Whether the units of work of the transaction run side by side instead of in turn. */
  readonly sideBySide?: boolean;
  /** How long the body is repeated on write conflicts; {@link CONFLICT_PATIENCE_MS} by default. */
  readonly patienceMs?: number;
  /** Numbers that were drawn for it before. */
  readonly drawn?: DrawnNumbers;
  /** Aborts when nobody waits for the answer any more. Nothing is begun or committed after that. */
  readonly signal?: AbortSignal;
  /** In place of the signal, the signals of those whose calls the body has run, when the commit is to be sent. */
  readonly signals?: () => readonly (AbortSignal | undefined)[];
}

/**
 * - `roster`: calls that change the roster, which is one document
 * - `owners`: calls that change the owner of one resource; two transactions with the same new owner would conflict
 * - `workspaces`: calls that create a workspace
 * - `objects`: saves of a few objects
 */
const LANES = {
  roster: { width: 1, way: 'inTurn' },
  owners: { width: 1, way: 'sideBySide' },
  workspaces: { width: 2, way: 'sideBySide' },
  objects: { width: 2, way: 'sideBySide' },
} as const satisfies Record<string, LaneKind>;

const DOCUMENT_LANE: LaneKind = { width: 1, way: 'inTurn' };

/**
 * A named lane, or the lane of all calls that change one document. Calls in a lane share transactions instead of conflicting.
 */
type OneLane = keyof typeof LANES | DocumentLane;
export type DocumentLane = `document ${string}`;

/** For calls that mostly change different documents: one whose document is being changed waits in the lane of that. */
interface LaneByDocument {
  readonly lane: keyof typeof LANES;
  /** The name of the document that the call changes. */
  readonly document: string;
}

/** Where a call waits for others. */
export type LaneName = OneLane | LaneByDocument;

/**
 * Runs `body` in one MongoDB transaction (snapshot reads, majority commit). On a write conflict, and if somebody else
 * inserted the same unique key first, the body runs again, so it must have no other effects. An error of the body aborts
 * the transaction and is rethrown.
 *
 * @throws UnrecordedChangesError if changes are in no audit record
 * @throws conflict_busy if conflicts go on for {@link CONFLICT_PATIENCE_MS}; outcome_unknown if the server never says
 *   whether it committed; change_too_big if a record or a transaction cannot hold the changes; took_too_long if the
 *   transaction became older than {@link LIFETIME_MS}; caller_gone if the signal aborts before the commit
 */
export function transact<R>(
  database: Database,
  options: TransactOptions,
  body: (tx: Transaction) => Promise<R>,
): Promise<R> {
  if (options.lane === undefined || options.dryRun) return transactAlone(database, options, body);
  if (typeof options.lane === 'string') return laneOf(database, options.lane).join(options, body);
  return whileChanging(database, options.lane, (lane) => laneOf(database, lane).join(options, body));
}

/** How many calls change each document that a {@link LaneByDocument} names. */
const changing = new WeakMap<Database, Map<string, number>>();

/** In the lane of the document if another call changes it, which would conflict in a lane of several transactions. */
async function whileChanging<R>(
  database: Database,
  { lane, document }: LaneByDocument,
  join: (lane: OneLane) => Promise<R>,
): Promise<R> {
  const known = changing.get(database) ?? new Map<string, number>();
  changing.set(database, known);
  const others = known.get(document) ?? 0;
  known.set(document, others + 1);
  try {
    return await join(others === 0 ? lane : `document ${document}`);
  } finally {
    const left = (known.get(document) ?? 1) - 1;
    if (left > 0) known.set(document, left);
    else known.delete(document);
  }
}

const lanes = new WeakMap<Database, Map<OneLane, Lane>>();

function laneOf(database: Database, name: OneLane): Lane {
  const named = lanes.get(database) ?? new Map<OneLane, Lane>();
  lanes.set(database, named);
  const transact: Transact = (timing, body) => transactAlone(database, timing, body);
  const known = named.get(name);
  if (known !== undefined) return known;
  const lane: Lane = new Lane(isDocumentLane(name) ? DOCUMENT_LANE : LANES[name], transact, {
    giveBack: (drawn) => database.counters.giveBackAll(drawn),
    // The number of documents, and so of lanes, has no bound.
    idle: () => void (isDocumentLane(name) && named.delete(name)),
  });
  named.set(name, lane);
  return lane;
}

/** How many writes of this process wait in lanes. */
export function waitingInLanes(database: Database): number {
  return [...(lanes.get(database)?.values() ?? [])].reduce((sum, lane) => sum + lane.waiting, 0);
}

const isDocumentLane = (name: OneLane): name is DocumentLane => name.startsWith('document ');

/** As `transact`, in a MongoDB transaction of its own. */
async function transactAlone<R>(
  database: Database,
  options: TransactOptions,
  body: (tx: Transaction) => Promise<R>,
): Promise<R> {
  const { drawn = [], signal, signals = () => [signal] } = options;
  const session = database.client.startSession();
  const patientUntil = performance.now() + (options.patienceMs ?? CONFLICT_PATIENCE_MS);
  try {
    await database.sessions.announce(session);
    let duplicates = 0;
    let collided: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      // Transactions that conflicted run one after the other; otherwise they would conflict again.
      const leave = attempt > 1 ? await database.conflicts.enter(patientUntil - performance.now()) : undefined;
      assertAwaited(signal);
      const beganAt = performance.now();
      session.startTransaction({
        readConcern: { level: 'snapshot' },
        writeConcern: { w: 'majority' },
        readPreference: 'primary',
      });
      const { now, dryRun = false, sideBySide = false } = options;
      const attempted = { now: now(), dryRun, drawn, collided, number: attempt };
      const tx = new Transaction(mongoTransaction(database, session, sideBySide), attempted);
      let committing = false;
      try {
        const result = await body(tx);
        if (dryRun) {
          // The server must check the writes, for example whether a name is taken.
          await tx.sendWrites();
          await session.abortTransaction();
          return result;
        }
        tx.assertRecorded();
        await tx.flush();
        await database.confirmCommit();
        await tx.confirmRelied();
        for (const each of signals()) assertAwaited(each);
        if (performance.now() - beganAt > LIFETIME_MS) throw tookTooLong();
        for (const each of signals()) beginCommit(each);
        committing = true;
        await commit(session);
        database.counters.giveBackAll(tx.unused);
        return result;
      } catch (error) {
        tx.end();
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
        const expired = performance.now() - beganAt > LIFETIME_MS && hasCode(error, NO_SUCH_TRANSACTION);
        const transient = isTransient(error) && !expired;
        if (transient) for (const each of signals()) commitFailed(each);
        if (options.shared && !(transient && attempt < SHARED_ATTEMPTS)) throw error;
        collided = duplicateKeyIndex(error);
        const raced = collided !== undefined && duplicates < MAX_DUPLICATES;
        if (raced) duplicates += 1;
        // If a number is taken, as after restoring the counter from a backup, another one is drawn.
        if (collided === '_id_') drawn.length = 0;
        if ((raced || transient) && performance.now() < patientUntil) {
          leave?.();
          await sleep(Math.random() * Math.min(2 ** attempt, 100));
          continue;
        }
        // Once the commit was sent, the outcome may be unknown and the numbers may be in use.
        if (transient || !committing) database.counters.giveBackAll(drawn);
        if (raced || transient) throw refuse('conflict_busy');
        if (expired || hasCode(error, LIFETIME_EXCEEDED)) throw tookTooLong();
        throw isTooLarge(error) ? tooLarge() : error;
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

/** True if the transaction may have committed. The driver labels a lost answer, but not a failure to find a server after it. */
function isUndecided(error: unknown): boolean {
  if (isFailedWrite(error)) return true;
  if (!(error instanceof MongoError) || error.hasErrorLabel('TransientTransactionError')) return false;
  return error.hasErrorLabel('UnknownTransactionCommitResult') || isUnavailable(error);
}

const hasCode = (error: unknown, code: number) => error instanceof MongoServerError && error.code === code;

const tookTooLong = () => refuse('took_too_long', LIFETIME_MS / 1000);

const tooLarge = () => refuse('change_too_big', 'The call would change more than the database takes at once');

function isTransient(error: unknown): boolean {
  return (
    error instanceof RevisionConflict ||
    isFailedWrite(error) ||
    isInterrupted(error) ||
    (error instanceof MongoError && error.hasErrorLabel('TransientTransactionError'))
  );
}
