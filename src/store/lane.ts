import { StewardError } from '../errors.ts';
import type { Transaction } from './transaction.ts';

/** One MongoDB transaction takes the work of at most so many calls. */
const MAX_GROUP = 32;

/** Runs a body in a MongoDB transaction of its own. */
type Transact = <R>(now: () => Date, body: (tx: Transaction) => Promise<R>) => Promise<R>;

interface Job {
  readonly now: () => Date;
  readonly body: (tx: Transaction) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly job: Job; readonly value: unknown } | { readonly job: Job; readonly error: unknown };

/**
 * The calls of this process that change one hot document. Side by side they would only conflict over it, so they queue,
 * and what waits while one transaction is on its way shares the next: one after the other in it, each seeing what those
 * before it did, all committed together.
 */
export class Lane {
  readonly #transact: Transact;
  #waiting: Job[] = [];
  #draining = false;

  constructor(transact: Transact) {
    this.#transact = transact;
  }

  join<R>(now: () => Date, body: (tx: Transaction) => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ now, body, resolve, reject });
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_GROUP);
      if (group.length === 1 || !(await this.#together(group))) {
        for (const job of group) await this.#alone(job);
      }
    }
    this.#draining = false;
  }

  /** False, with nothing done, when one of them failed after it had written: it must not take the others along. */
  async #together(group: readonly Job[]): Promise<boolean> {
    const now = group[0]?.now ?? (() => new Date());
    let outcomes: Outcome[];
    try {
      outcomes = await this.#transact(now, async (shared) => {
        const done: Outcome[] = [];
        for (const job of group) done.push(await outcomeOf(job, shared.beside(job.now())));
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

  async #alone({ now, body, resolve, reject }: Job): Promise<void> {
    await this.#transact(now, body).then(resolve as (value: unknown) => void, reject);
  }
}

/** A refusal before anything was written is this job's own affair; anything else undoes the whole transaction. */
async function outcomeOf(job: Job, tx: Transaction): Promise<Outcome> {
  try {
    return { job, value: await job.body(tx) };
  } catch (error) {
    if (tx.touched || !(error instanceof StewardError)) throw error;
    return { job, error };
  }
}
