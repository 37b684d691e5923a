import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../audit/journal.ts';
import { effectOf, failureOf, type RecordDraft } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import { type Reason, refuse, StewardError } from '../base/errors.ts';
import type { Authority } from '../identity/authority.ts';
import type { Change } from '../store/changes.ts';
import { type Database, isUnavailable } from '../store/database.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import { underLease } from '../store/underLease.ts';
import { type Job, type JobKind, jobs, runningJobs } from './job.ts';

/** How jobs of one kind are carried out. */
export interface JobWork {
  /** Does the next step. @throws what keeps the job from continuing */
  readonly step: (tx: Transaction, job: Job, who: Authority) => Promise<Step>;
  /** Called when this instance stops working on a job: frees what its steps keep. */
  readonly release?: (job: string) => Promise<void>;
}

/** What a step changes in the job. */
export type Step = Partial<Pick<Job, 'state' | 'progress' | 'types' | 'retries' | 'error'>> & {
  /** The next step must not begin earlier. */
  readonly waitMs?: number;
};

export interface RunnerParts {
  readonly database: Database;
  readonly journal: Journal;
  readonly now: () => Date;
  readonly works: Readonly<Record<JobKind, JobWork>>;
  /** Called with the changes of every commit. */
  readonly committed: (changes: readonly Change[]) => void;
  /**
   * The authority of a job's next step.
   *
   * @throws when its initiator may not do this any more
   */
  readonly authorityOf: (tx: Transaction, job: Job) => Promise<Authority>;
  readonly onError: (error: unknown) => void;
}

/** How many jobs one instance works on at a time. */
const MAX_AT_ONCE = 4;

/** Carries jobs out, each under a lease, and continues those that another instance abandoned. */
export class JobRunner {
  readonly #parts: RunnerParts;
  readonly #active = new Map<string, Promise<unknown>>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** How many jobs this instance works on. */
  get active(): number {
    return this.#active.size;
  }

  /** Begins work on every running job that no instance holds. */
  async begin(signal: AbortSignal): Promise<void> {
    const { database, onError } = this.#parts;
    for (const { _id: id, kind } of await runningJobs(database)) {
      if (this.#active.has(id)) continue;
      if (this.#active.size >= MAX_AT_ONCE || signal.aborted) return;
      const work = underLease(database, { name: `job:${id}`, stop: signal }, (held) => this.#carryOn(id, kind, held))
        .catch((error) => (isUnavailable(error) ? undefined : onError(error)))
        .finally(() => this.#active.delete(id));
      this.#active.set(id, work);
    }
  }

  /** Resolves when all begun work has ended. */
  async ended(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active.values());
  }

  async #carryOn(id: string, kind: JobKind, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const { running, waitMs } = await this.#step(id);
        if (!running) return;
        if (waitMs !== undefined) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      await this.#parts.works[kind].release?.(id);
    }
  }

  /** Does one step, and says whether the job continues. */
  async #step(id: string): Promise<Taken> {
    try {
      return await this.#write(id, async (tx, job) => {
        const who = await this.#parts.authorityOf(tx, job);
        return this.#parts.works[job.kind].step(tx, job, who);
      });
    } catch (error) {
      if (isPassing(error)) throw error;
      if (!(error instanceof StewardError)) this.#parts.onError(error);
      const known = error instanceof StewardError ? error : refuse('internal', id);
      const { reason, message } = known;
      return this.#write(id, async () => ({ state: 'failed', error: { reason, message } }), known);
    }
  }

  async #write(
    id: string,
    change: (tx: Transaction, job: Job) => Promise<Step>,
    failure?: StewardError,
  ): Promise<Taken> {
    const { database, journal, now, committed } = this.#parts;
    const { taken, changes } = await transact(database, { now }, async (tx) => {
      const job = await tx.get(jobs, id);
      if (job === null || job.state !== 'running') return { taken: { running: false }, changes: [] };
      const { waitMs, ...fields } = await change(tx, job);
      const ended = fields.state === 'done' ? { finishedAt: tx.now } : {};
      const after = await tx.update(jobs, job, { ...job, ...fields, ...ended });
      const ending = failure === undefined ? {} : failureOf(failure);
      if (tx.touched) await journal.appendIn(tx, { ...draftOf(job, tx), ...ending });
      return { taken: defined({ running: after.state === 'running', waitMs }), changes: tx.changes };
    });
    committed(changes);
    return taken;
  }
}

interface Taken {
  readonly running: boolean;
  readonly waitMs?: number;
}

/** The record of a step. */
export function draftOf({ _id, kind, initiator }: Job, tx: Transaction): RecordDraft {
  const { actor, onBehalfOf, authority, reason, rule, policy, approval, breakGlass, requestId, address } = initiator;
  return {
    ...defined({ at: tx.now, via: 'job', command: kind, outcome: 'success', actor, onBehalfOf, authority }),
    ...defined({ params: { job: _id }, reason, rule, policy, approval, breakGlass: breakGlass?.id }),
    ...{ ...effectOf(tx), requestId, address },
  };
}

const PASSING: readonly Reason[] = ['conflict_busy', 'outcome_unknown', 'database_unavailable', 'format_changed'];

/** Errors that pass by themselves: the step is repeated. */
function isPassing(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof StewardError && PASSING.includes(error.reason));
}
