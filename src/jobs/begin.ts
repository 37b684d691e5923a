import type { Authority } from '../identity/authority.ts';
import { digest } from '../store/changes.ts';
import { timeOrderedId } from '../store/ids.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Job, jobs } from './job.ts';
import type { JobWork } from './runner.ts';

/** An id for a job that is about to begin; later ones sort after it. */
export const newJobId = timeOrderedId;

interface Beginning extends Omit<Job, 'revision' | 'state' | 'createdAt'> {
  /** The authority of the steps that are part of this call. */
  readonly who: Authority;
}

/** A call leaves further steps to the background once it has changed this many bytes. */
const MAX_CALL_BYTES = 2_000_000;

/** How long a call works on a job that changes nothing but itself, before it leaves the rest to the background. */
export const WITHIN_CALL_MS = 10_000;

/** What a call has done of such a job. */
export interface Begun extends Pick<Job, 'progress' | 'types'> {
  readonly isDone: boolean;
}

interface OwnJob extends Begun, Pick<Job, 'kind' | 'initiator' | 'task'> {
  /** What the hash of the plan covers. */
  readonly covered: unknown;
}

/**
 * Begins a job that changes nothing but itself. Such work needs no transaction, so what a call does of it is done before that of
 * the call: it would become too old, and conflict with the writes of others.
 */
export async function beginOwnJob(tx: Transaction, { covered, isDone, ...job }: OwnJob): Promise<Job> {
  const _id = newJobId();
  const { kind, task, types } = job;
  const change = { collection: jobs.name, id: _id, op: 'insert' as const, after: { kind, task } };
  const counts = types.map(({ type, total }) => ({ type, total }));
  tx.planLaterWork({ sealed: digest(covered), shown: { changes: [change], types: counts } });
  tx.assigned(_id);
  const ended = isDone ? { state: 'done' as const, finishedAt: tx.now } : { state: 'running' as const };
  return tx.insert(jobs, { ...job, ...ended, _id, createdAt: tx.now });
}

/**
 * Begins a job. A job that fits into one transaction is done in this one, so that the call returns its outcome; a larger
 * one continues in the background.
 */
export async function beginJob(tx: Transaction, { who, ...fields }: Beginning, work: JobWork): Promise<Job> {
  tx.assigned(fields._id);
  let job: Job = { ...fields, revision: 0, state: 'running', createdAt: tx.now };
  if (fields.types.reduce((sum, { total }) => sum + total, 0) <= tx.limits.perPart) {
    try {
      while (job.state === 'running' && tx.changeBytes <= MAX_CALL_BYTES) {
        const { waitMs: _, ...step } = await work.step(tx, job, who);
        job = { ...job, ...step };
      }
    } finally {
      await work.release?.(job._id);
    }
    if (job.state !== 'running') job = { ...job, finishedAt: tx.now };
  }
  return tx.insert(jobs, job);
}
