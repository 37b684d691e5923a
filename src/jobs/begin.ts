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

/** What a dry run shows of a job that changes nothing but itself. `covered` is what the hash of the plan covers. */
export function planOwnJob(
  tx: Transaction,
  { _id, kind, task, types }: Omit<Beginning, 'who'>,
  covered: unknown,
): void {
  const change = { collection: jobs.name, id: _id, op: 'insert' as const, after: { kind, task } };
  const counts = types.map(({ type, total }) => ({ type, total }));
  tx.planLaterWork({ sealed: digest(covered), shown: { changes: [change], types: counts } });
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
