import { setImmediate as immediate } from 'node:timers/promises';
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

/** Runs a body in a MongoDB transaction of its own; `shared`: it gives up on conflicts earlier. */
export type Transact = <R>(options: Timing, body: (tx: Transaction) => Promise<R>) => Promise<R>;

interface Timing {
  readonly now: () => Date;
  readonly shared?: true;
  readonly sideBySide?: boolean;
  readonly drawn?: DrawnNumbers;
  readonly signal?: AbortSignal;
}

export interface LaneKind {
  /** How many transactions run at a time: one if calls often change the same document, over which they would conflict. */
  readonly width: number;
  /**
   * Calls that share a transaction run one after the other, each seeing the changes of those before; or side by side, as in
   * transactions of their own. If these turn out to write the same document, they run again one after the other.
   */
  readonly way: 'inTurn' | 'sideBySide';
}

/** Callbacks of a lane. */
interface Signals {
  /** Called with numbers that were drawn for a job and not used. */
  readonly giveBack: (drawn: DrawnNumbers) => void;
  /** Called when no call waits any more. */
  readonly idle: () => void;
}

interface Job extends Pick<Timing, 'now' | 'signal'> {
  readonly body: (tx: Transaction) => Promise<unknown>;
  readonly drawn: DrawnNumbers;
}

type Group = readonly Waiting<Job, unknown>[];

/** The outcome of one job of a shared transaction; `unused`: numbers that were drawn for it and not used. */
type Outcome = { readonly unused: DrawnNumbers } & ({ readonly value: unknown } | { readonly error: unknown });

/**
 * Short calls of this process that share commits, which are the most expensive part of a small write. Calls that wait
 * while a transaction runs share the next one.
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
      gather: immediate,
      onIdle: signals.idle,
    });
  }

  join<R>({ now, signal }: Pick<Timing, 'now' | 'signal'>, body: (tx: Transaction) => Promise<R>): Promise<R> {
    return this.#jobs.join({ now, ...(signal === undefined ? {} : { signal }), body, drawn: [] }) as Promise<R>;
  }

  /** @returns the jobs that wait again */
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
   * Runs jobs in one transaction. Undefined, with nothing done, if one of them failed after it had written, or if they kept
   * conflicting: one job must not fail the others.
   *
   * @returns the jobs for which the transaction has become too large
   */
  async #together(group: Group, way: Way): Promise<Group | undefined> {
    const now = group[0]?.item.now ?? (() => new Date());
    let outcomes: readonly Outcome[] = [];
    try {
      await this.#transact({ now, shared: true, sideBySide: way === sideBySide }, async (shared) => {
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

  /** Runs each job in a transaction of its own, side by side unless the lane is for one document. */
  async #apart(group: Group): Promise<void> {
    if (this.#kind.width > 1) await Promise.all(group.map((job) => this.#alone(job)));
    else for (const job of group) await this.#alone(job);
  }

  async #alone({ item: { body, ...timing }, resolve, reject }: Group[number]): Promise<void> {
    await this.#transact(timing, body).then(resolve, reject);
  }
}

/** How jobs run in one transaction. @returns the outcomes of as many as it holds, in order */
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
 * All at once, as in transactions of their own: none sees the changes of another. Their reads and their writes go to the
 * server together.
 *
 * @throws OutOfTurn if the transaction cannot hold all of them
 */
const sideBySide: Way = async (group, shared) => {
  const ended = await Promise.allSettled(group.map(({ item: job }) => outcomeOf(job, shared, 1)));
  // Only now, as each of them uses the session until it has ended.
  const outcomes = ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  if (shared.written > MAX_SIDE_BY_SIDE_BYTES) throw new OutOfTurn(`${shared.written} bytes would change`);
  return outcomes;
};

/**
 * A refusal before anything was written concerns this job only; any other error aborts the shared transaction.
 *
 * @param batchSize how many jobs, including this one, may draw a number
 */
async function outcomeOf(job: Job, shared: Transaction, batchSize: number): Promise<Outcome> {
  const tx = shared.beside({ now: job.now(), drawn: job.drawn, batchSize });
  try {
    // Once it has run it is committed with the others, which would otherwise have to run again.
    assertAwaited(job.signal);
    const value = await job.body(tx);
    return { value, unused: tx.unused };
  } catch (error) {
    if (!(error instanceof StewardError) || !shared.withdraw(tx)) throw error;
    return { error, unused: job.drawn };
  }
}
