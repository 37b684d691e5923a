import { setImmediate as immediate } from 'node:timers/promises';
import { StewardError } from '../base/errors.ts';
import { assertAwaited } from './awaited.ts';
import { Coalescer, type Waiting } from './coalescer.ts';
import type { DrawnNumbers, Transaction } from './transaction.ts';

/** The largest number of calls that share one MongoDB transaction. */
const MAX_GROUP = 32;
/** After this many changed bytes, the remaining calls wait for the next transaction. */
const MAX_GROUP_BYTES = 2_000_000;

/** Runs a body in a MongoDB transaction of its own; `shared`: it gives up on conflicts earlier. */
export type Transact = <R>(options: Timing, body: (tx: Transaction) => Promise<R>) => Promise<R>;

interface Timing {
  readonly now: () => Date;
  readonly shared?: true;
  readonly drawn?: DrawnNumbers;
  readonly signal?: AbortSignal;
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
 * while a transaction runs share the next one: they run in it one after the other, each seeing the changes of those
 * before, and are committed together. The lane's width is how many transactions run at a time: one if the calls change
 * the same document, over which they would conflict.
 */
export class Lane {
  readonly #transact: Transact;
  readonly #signals: Signals;
  readonly #width: number;
  readonly #jobs: Coalescer<Job, unknown>;

  constructor(width: number, transact: Transact, signals: Signals) {
    this.#width = width;
    this.#transact = transact;
    this.#signals = signals;
    this.#jobs = new Coalescer({
      take: () => MAX_GROUP,
      write: (group) => this.#run(group),
      width,
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
    const left = group.length === 1 ? undefined : await this.#together(group);
    if (left === undefined) await this.#apart(group);
    return left;
  }

  /**
   * Runs jobs in one transaction. Undefined, with nothing done, if one of them failed after it had written, or if they kept
   * conflicting: one job must not fail the others.
   *
   * @returns the jobs for which the transaction has become too large
   */
  async #together(group: Group): Promise<Group | undefined> {
    const now = group[0]?.item.now ?? (() => new Date());
    let outcomes: Outcome[];
    let taken = group.length;
    try {
      outcomes = await this.#transact({ now, shared: true }, async (shared) => {
        const done: Outcome[] = [];
        taken = group.length;
        for (const [i, { item: job }] of group.entries()) {
          if (shared.written > MAX_GROUP_BYTES) {
            taken = i;
            break;
          }
          const batchSize = group.length - i;
          done.push(await outcomeOf(job, shared.beside({ now: job.now(), drawn: job.drawn, batchSize })));
        }
        return done;
      });
    } catch (error) {
      if (error instanceof StewardError && error.reason === 'outcome_unknown') {
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
    return group.slice(taken);
  }

  /** Runs each job in a transaction of its own, side by side unless the lane is for one document. */
  async #apart(group: Group): Promise<void> {
    if (this.#width > 1) await Promise.all(group.map((job) => this.#alone(job)));
    else for (const job of group) await this.#alone(job);
  }

  async #alone({ item: { body, ...timing }, resolve, reject }: Group[number]): Promise<void> {
    await this.#transact(timing, body).then(resolve, reject);
  }
}

/** A refusal before anything was written concerns this job only; any other error aborts the shared transaction. */
async function outcomeOf(job: Job, tx: Transaction): Promise<Outcome> {
  try {
    // Once it has run it is committed with the others, which would otherwise have to run again.
    assertAwaited(job.signal);
    const value = await job.body(tx);
    return { value, unused: tx.unused };
  } catch (error) {
    if (tx.touched || !(error instanceof StewardError)) throw error;
    return { error, unused: job.drawn };
  }
}
