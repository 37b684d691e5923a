import { StewardError } from '../base/errors.ts';
import type { DrawnNumbers } from './assignments.ts';
import { assertAwaited } from './awaited.ts';
import { Coalescer, type Waiting } from './coalescer.ts';
import type { Transaction } from './transaction.ts';
import { OutOfTurn } from './writes.ts';

/** The largest number of calls that share one MongoDB transaction. */
const MAX_GROUP = 32;
/** After this many changed bytes, the remaining calls wait for the next transaction. */
const MAX_GROUP_BYTES = 2_000_000;
/** Calls that ran side by side are carried out if they change at most this many bytes. */
const MAX_SIDE_BY_SIDE_BYTES = 16_000_000;

/** Runs a body in a MongoDB transaction of its own. If it is `shared`, it gives up earlier on conflicts. */
export type Transact = <R>(options: Timing, body: (tx: Transaction) => Promise<R>) => Promise<R>;

interface Timing {
  readonly now: () => Date;
  readonly shared?: true;
  readonly sideBySide?: boolean;
  readonly drawn?: DrawnNumbers;
  readonly signal?: AbortSignal;
  readonly signals?: () => readonly (AbortSignal | undefined)[];
}

export interface LaneKind {
  /** How many transactions run at a time: one if calls often change the same document and would conflict. */
  readonly width: number;
  /**
   * Whether calls that share a transaction run in turn, each seeing the changes of earlier ones, or side by side, as if in
   * separate transactions. If calls side by side write the same document, they run again in turn.
   */
  readonly way: 'inTurn' | 'sideBySide';
}

/** Callbacks of a lane. */
interface Signals {
  /** Called with the unused numbers that were drawn for a job. */
  readonly giveBack: (drawn: DrawnNumbers) => void;
  /** Called when no call waits any more. */
  readonly idle: () => void;
}

interface Job extends Pick<Timing, 'now' | 'signal'> {
  readonly body: (tx: Transaction) => Promise<unknown>;
  readonly drawn: DrawnNumbers;
}

type Group = readonly Waiting<Job, unknown>[];

/** The outcome of one job in a shared transaction, and the unused numbers that were drawn for it. */
type Outcome = { readonly unused: DrawnNumbers } & ({ readonly value: unknown } | { readonly error: unknown });

/**
 * Lets short calls of this process share transactions, since the commit is the most expensive part of a small write. Calls
 * that wait while a transaction runs share the next one.
 */
export class Lane {
  readonly #transact: Transact;
  readonly #signals: Signals;
  readonly #kind: LaneKind;
  readonly #jobs: Coalescer<Job, unknown>;

  constructor(kind: LaneKind, transact: Transact, signals: Signals) {
    this.#kind = kind;
    this.#transact = transact;
    this.#signals = signals;
    this.#jobs = new Coalescer({
      take: () => MAX_GROUP,
      write: (group) => this.#run(group),
      width: kind.width,
      // Calls from the same turn of the event loop go together.
      gather: true,
      onIdle: signals.idle,
    });
  }

  /** How many calls wait for a transaction. */
  get waiting(): number {
    return this.#jobs.waiting;
  }

  join<R>({ now, signal }: Pick<Timing, 'now' | 'signal'>, body: (tx: Transaction) => Promise<R>): Promise<R> {
    return this.#jobs.join({ now, ...(signal === undefined ? {} : { signal }), body, drawn: [] }) as Promise<R>;
  }

  /** @returns the jobs that go back to the queue */
  async #run(group: Group): Promise<Group | undefined> {
    const ways = group.length === 1 ? [] : this.#kind.way === 'sideBySide' ? [sideBySide, inTurn] : [inTurn];
    for (const way of ways) {
      const left = await this.#together(group, way);
      if (left !== undefined) return left;
    }
    await this.#apart(group);
    return undefined;
  }

  /**
   * Runs jobs in one transaction.
   *
   * @returns the jobs for which the transaction has become too large; or undefined, with nothing done, if a job failed
   *   after it had written or if conflicts went on, since one job must not fail the others
   */
  async #together(group: Group, way: Way): Promise<Group | undefined> {
    const now = group[0]?.item.now ?? (() => new Date());
    let outcomes: readonly Outcome[] = [];
    try {
      const signals = () => outcomes.flatMap((outcome, i) => ('error' in outcome ? [] : [group[i]?.item.signal]));
      await this.#transact({ now, shared: true, sideBySide: way === sideBySide, signals }, async (shared) => {
        outcomes = [];
        outcomes = await way(group, shared);
      });
    } catch (error) {
      if (error instanceof StewardError && error.reason === 'outcome_unknown') {
        const taken = outcomes.length;
        for (const { reject } of group.slice(0, taken)) reject(error);
        return group.slice(taken);
      }
      return undefined;
    }
    for (const [i, outcome] of outcomes.entries()) {
      this.#signals.giveBack(outcome.unused);
      if ('error' in outcome) group[i]?.reject(outcome.error);
      else group[i]?.resolve(outcome.value);
    }
    return group.slice(outcomes.length);
  }

  /** Runs each job in a transaction of its own, concurrently unless the lane is for one document. */
  async #apart(group: Group): Promise<void> {
    if (this.#kind.width > 1) await Promise.all(group.map((job) => this.#alone(job)));
    else for (const job of group) await this.#alone(job);
  }

  async #alone({ item: { body, ...timing }, resolve, reject }: Group[number]): Promise<void> {
    await this.#transact(timing, body).then(resolve, reject);
  }
}

/** How jobs run in one transaction. @returns the outcomes, in order, of as many jobs as the transaction holds */
type Way = (group: Group, shared: Transaction) => Promise<readonly Outcome[]>;

/** One after the other, each seeing the changes of those before. */
const inTurn: Way = async (group, shared) => {
  const outcomes: Outcome[] = [];
  for (const [i, { item: job }] of group.entries()) {
    if (shared.written > MAX_GROUP_BYTES) break;
    outcomes.push(await outcomeOf(job, shared, group.length - i));
  }
  return outcomes;
};

/**
 * Concurrently, without seeing each other's changes. Their reads and writes are sent together.
 *
 * @throws OutOfTurn if the transaction cannot hold all of them
 */
const sideBySide: Way = async (group, shared) => {
  const ended = await Promise.allSettled(group.map(({ item: job }) => outcomeOf(job, shared, 1)));
  // Throw only when all have ended, since each uses the session until then.
  const outcomes = ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  if (shared.written > MAX_SIDE_BY_SIDE_BYTES) throw new OutOfTurn(`${shared.written} bytes would change`);
  return outcomes;
};

/**
 * If the job is refused before it has written anything, only this job fails; any other error aborts the transaction.
 *
 * @param batchSize how many jobs, including this one, may draw a number
 */
async function outcomeOf(job: Job, shared: Transaction, batchSize: number): Promise<Outcome> {
  const tx = shared.beside({ now: job.now(), drawn: job.drawn, batchSize });
  try {
    // Checked before it runs: withdrawing it afterwards would make the others run again.
    assertAwaited(job.signal);
    const value = await job.body(tx);
    return { value, unused: tx.unused };
  } catch (error) {
    if (!(error instanceof StewardError) || !shared.withdraw(tx)) throw error;
    return { error, unused: job.drawn };
  }
}
