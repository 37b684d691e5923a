import type { Job } from './job.ts';

/** For how long a step goes on, at most, before its progress is stored. */
const STEP_MS = 4_000;

interface Kept<P, R> {
  readonly work: AsyncGenerator<P, R, undefined>;
  /** Set once it has ended: the step that stores the result may have to be repeated. */
  result?: { readonly value: R; readonly done: true };
}

/**
 * Work of a job that needs more between its steps than can be stored, such as temporary files. The instance that does the job
 * keeps it; if another one takes the job over, the work begins again.
 */
export class KeptWork<P, R> {
  readonly #begin: (job: Job) => AsyncGenerator<P, R, undefined>;
  readonly #kept = new Map<string, Kept<P, R>>();

  /** @param begin the work, which yields its progress often */
  constructor(begin: (job: Job) => AsyncGenerator<P, R, undefined>) {
    this.#begin = begin;
  }

  /** Goes on for some seconds, and returns how far the work is, or its result. */
  async goOn(job: Job): Promise<IteratorResult<P, R>> {
    const kept: Kept<P, R> = this.#kept.get(job._id) ?? { work: this.#begin(job) };
    if (kept.result !== undefined) return kept.result;
    this.#kept.set(job._id, kept);
    const until = performance.now() + STEP_MS;
    try {
      for (;;) {
        const made = await kept.work.next();
        if (made.done) kept.result = { value: made.value, done: true };
        if (made.done || performance.now() > until) return made;
      }
    } catch (error) {
      this.#kept.delete(job._id);
      throw error;
    }
  }

  /** Frees what is kept for a job that this instance does no longer work on. */
  async release(job: string): Promise<void> {
    const kept = this.#kept.get(job);
    this.#kept.delete(job);
    await kept?.work.return(undefined as never);
  }
}
