import { setImmediate as immediate } from 'node:timers/promises';
import { StewardError } from '../base/errors.ts';
import { assertAwaited } from './awaited.ts';
import type { DrawnNumbers, Transaction } from './transaction.ts';

/** One MongoDB transaction takes the work of at most so many calls. */
const MAX_GROUP = 32;
/** Once those before have changed so many bytes, the others take the next transaction. */
const MAX_GROUP_BYTES = 2_000_000;

/** Runs a body in a MongoDB transaction of its own; `shared`: it gives up on conflicts earlier. */
export type Transact = <R>(options: Timing, body: (tx: Transaction) => Promise<R>) => Promise<R>;

interface Timing {
  readonly now: () => Date;
  readonly shared?: true;
  readonly drawn?: DrawnNumbers;
  readonly signal?: AbortSignal;
}

/** What whoever has a lane is told. */
interface Signals {
  /** Takes numbers that were drawn for a job and not used. */
  readonly giveBack: (drawn: DrawnNumbers) => void;
  /** Nobody waits any more. */
  readonly idle: () => void;
}

interface Job extends Pick<Timing, 'now' | 'signal'> {
  readonly body: (tx: Transaction) => Promise<unknown>;
  readonly drawn: DrawnNumbers;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** What one job of a shared transaction came to; `unused` are the numbers drawn for it that it does not use. */
type Outcome = { readonly job: Job; readonly unused: DrawnNumbers } & (
  | { readonly value: unknown }
  | { readonly error: unknown }
);

/**
 * Short calls of this process that share commits, the dearest part of a small write: what waits while others are on
 * their way shares the next transaction. There they run one after the other, each seeing what those before it did, and
 * are committed together. So many transactions at a time as the lane is wide: one where the calls change one hot
 * document, over which they would only conflict side by side.
 */
export class Lane {
  readonly #transact: Transact;
  readonly #signals: Signals;
  readonly #width: number;
  #waiting: Job[] = [];
  #running = 0;

  constructor(width: number, transact: Transact, signals: Signals) {
    this.#width = width;
    this.#transact = transact;
    this.#signals = signals;
  }

  join<R>({ now, signal }: Pick<Timing, 'now' | 'signal'>, body: (tx: Transaction) => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const awaited = signal === undefined ? {} : { signal };
      this.#waiting.push({ now, ...awaited, body, drawn: [], resolve, reject });
      if (this.#running < this.#width) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#running += 1;
    while (this.#waiting.length > 0) {
      // What comes in the same turn of the event loop goes together.
      await immediate();
      const group = this.#waiting.splice(0, MAX_GROUP);
      if (group.length === 1 || !(await this.#together(group))) await this.#apart(group);
    }
    this.#running -= 1;
    if (this.#running === 0) this.#signals.idle();
  }

  /**
   * False, with nothing done, when one of them failed after it had written, or they ran into conflicts again and again: it
   * must not take the others along. Those for which the transaction has become too large wait again, before all others.
   */
  async #together(group: readonly Job[]): Promise<boolean> {
    const now = group[0]?.now ?? (() => new Date());
    let outcomes: Outcome[];
    let taken = group.length;
    try {
      outcomes = await this.#transact({ now, shared: true }, async (shared) => {
        const done: Outcome[] = [];
        taken = group.length;
        for (const [i, job] of group.entries()) {
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
        for (const job of group.slice(0, taken)) job.reject(error);
        this.#waiting.unshift(...group.slice(taken));
        return true;
      }
      return false;
    }
    this.#waiting.unshift(...group.slice(taken));
    for (const outcome of outcomes) {
      this.#signals.giveBack(outcome.unused);
      if ('error' in outcome) outcome.job.reject(outcome.error);
      else outcome.job.resolve(outcome.value as never);
    }
    return true;
  }

  /** Each in a transaction of its own: side by side where they would be without a lane. */
  async #apart(group: readonly Job[]): Promise<void> {
    if (this.#width > 1) await Promise.all(group.map((job) => this.#alone(job)));
    else for (const job of group) await this.#alone(job);
  }

  async #alone({ body, resolve, reject, ...timing }: Job): Promise<void> {
    await this.#transact(timing, body).then(resolve as (value: unknown) => void, reject);
  }
}

/** A refusal before anything was written is this job's own affair; anything else undoes the whole transaction. */
async function outcomeOf(job: Job, tx: Transaction): Promise<Outcome> {
  try {
    // Once it has run it is committed with the others, who would have to run again without it.
    assertAwaited(job.signal);
    const value = await job.body(tx);
    return { job, value, unused: tx.unused };
  } catch (error) {
    if (tx.touched || !(error instanceof StewardError)) throw error;
    return { job, error, unused: job.drawn };
  }
}
