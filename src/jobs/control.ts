import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Initiator, type Job, type JobState, jobs } from './job.ts';
import { jobById } from './view.ts';

/** Pauses a job after its current step; resumeJob continues it. @throws job_unknown, job_state */
export async function pauseJob(tx: Transaction, id: string): Promise<Job> {
  const job = await inState(tx, id, { states: ['running'], verb: 'paused' });
  return tx.update(jobs, job, { ...job, state: 'paused' });
}

/**
 * Continues a paused or failed job where it stopped. From now on it runs in the name, and with the rights, of the
 * administrator who resumed it.
 *
 * @throws job_unknown, job_state
 */
export async function resumeJob(tx: Transaction, initiator: Initiator, id: string): Promise<Job> {
  const { error: _, ...job } = await inState(tx, id, { states: ['paused', 'failed'], verb: 'resumed' });
  const before = await jobById(tx, id);
  const { user: _user, params: _params, ...resumer } = initiator;
  const { user, params } = job.initiator;
  return tx.update(jobs, before, { ...job, state: 'running', initiator: { ...resumer, ...defined({ user, params }) } });
}

/** Cancels a job. What it has done remains until revertJob reverts it. @throws job_unknown, job_state */
export async function cancelJob(tx: Transaction, id: string): Promise<Job> {
  const job = await inState(tx, id, { states: ['running', 'paused', 'failed'], verb: 'cancelled' });
  return tx.update(jobs, job, { ...job, state: 'cancelled', finishedAt: tx.now });
}

interface Expected {
  readonly states: readonly JobState[];
  /** What can be done with a job in one of these states: for the error. */
  readonly verb: string;
}

/** The job in one of these states. @throws job_unknown, job_state */
export async function inState(tx: Transaction, id: string, { states, verb }: Expected): Promise<Job> {
  const job = await jobById(tx, id);
  if (!states.includes(job.state)) throw refuse('job_state', id, job.state, verb);
  return job;
}
