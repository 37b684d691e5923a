import { setImmediate as immediate } from 'node:timers/promises';
import { StewardError } from '../errors.ts';
import { assertAwaited } from './awaited.ts';
import type { DrawnNumbers, Transaction } from './transaction.ts';

/** One MongoDB transaction takes the work of at most so many calls. */
const MAX_GROUP = 32;

/** Runs a body in a MongoDB transaction of its own; `once`: on a conflict it throws that, instead of trying again. */
type Transact = <R>(options: Timing, body: (tx: Transaction) => Promise<R>) => Promise<R>;

interface Timing {
  readonly now: () => Date;
  readonly once?: true;
  readonly drawn?: DrawnNumbers;
  readonly signal?: AbortSignal;
}

interface Job extends Pick<Timing, 'now' | 'signal'> {
  readonly body: (tx: Transaction) => Promise<unknown>;
  readonly drawn: DrawnNumbers;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly job: Job; readonly value: unknown } | { readonly job: Job; readonly error: unknown };

/**
 * Short calls of this process that share commits, the dearest part of a small write: what waits while others are on
 * their way shares the next transaction. There they run one after the other, each seeing what those before it did, and
 * are committed together. So many transactions at a time as the lane is wide: one where the calls change one hot
 * document, over which they would only conflict side by side.
 */
export class Lane {
  readonly #transact: Transact;
  readonly #width: number;
  #waiting: Job[] = [];
  #running = 0;

  constructor(width: number, transact: Transact) {
    this.#width = width;
    this.#transact = transact;
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
  }

  /**
   * False, with nothing done, when one of them failed after it had written, or ran into a conflict: it must not take the
   * others along.
   */
  async #together(group: readonly Job[]): Promise<boolean> {
    const now = group[0]?.now ?? (() => new Date());
    let outcomes: Outcome[];
    try {
      outcomes = await this.#transact({ now, once: true }, async (shared) => {
        const done: Outcome[] = [];
        for (const [i, job] of group.entries()) {
          const company = group.length - i;
          done.push(await outcomeOf(job, shared.beside({ now: job.now(), drawn: job.drawn, company })));
        }
        return done;
      });
    } catch (error) {
      if (error instanceof StewardError && error.reason === 'outcome_unknown') {
        for (const job of group) job.reject(error);
        return true;
      }
      return false;
    }
    for (const outcome of outcomes) {
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
    return { job, value: await job.body(tx) };
  } catch (error) {
    if (tx.touched || !(error instanceof StewardError)) throw error;
    return { job, error };
  }
}
