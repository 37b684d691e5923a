import { logHead } from '../../audit/log/segments.ts';
import { newestSnapshot } from '../../audit/log/snapshots.ts';
import type { StateReport } from '../../base/schemas/generated.ts';
import { type Begun, beginOwnJob, WITHIN_CALL_MS } from '../../jobs/begin.ts';
import { type Initiator, type Job, jobs, NOTHING_DONE, type TypeCount } from '../../jobs/job.ts';
import { KeptWork } from '../../jobs/keptWork.ts';
import type { JobWork, Step } from '../../jobs/runner.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type StateProgress, type Verifying, verifyState } from './verifyState.ts';

const KIND = 'verifyState';

/**
 * Does what a call does of the job: all of it, if there is not much to read and no other one is running.
 *
 * @throws snapshot_changed
 */
export async function prepareStateJob(verifying: Verifying, { dryRun }: { readonly dryRun: boolean }): Promise<Begun> {
  const { database, trusted } = verifying;
  const { size } = await logHead(database);
  const snapshot = await newestSnapshot(database, trusted);
  const records = size - (snapshot?.size ?? 0) + (snapshot?.documents ?? 0);
  const left: Begun = { progress: {}, types: [counted('record', records, 0)], isDone: false };
  if (dryRun || records > database.limits.perPart || (await runningIn(database)) !== undefined) return left;
  const report = await reportWithin(WITHIN_CALL_MS, verifyState(verifying));
  return report === undefined ? left : { ...doneWith(report), isDone: true };
}

/** The result of the work, if it has one within this time. */
async function reportWithin(milliseconds: number, work: ReturnType<typeof verifyState>) {
  const until = performance.now() + milliseconds;
  try {
    while (performance.now() < until) {
      const made = await work.next();
      if (made.done) return made.value;
    }
    return undefined;
  } finally {
    await work.return(undefined as never);
  }
}

/** Begins the job, unless one is running: then that is the answer. */
export async function beginStateJob(tx: Transaction, initiator: Initiator, begun: Begun): Promise<Job> {
  const running = await runningIn(tx.untracked);
  if (running !== undefined) return running;
  // How many records there are does not make a plan stale.
  return beginOwnJob(tx, { ...begun, kind: KIND, initiator, task: {}, covered: KIND });
}

async function runningIn(reader: Reader): Promise<Job | undefined> {
  const [running] = await reader.find(jobs, { kind: KIND, state: 'running' }, { limit: 1 });
  return running;
}

/** How such a job is done. It begins again if another instance takes it over, or if it is resumed. */
export function stateWork(verifying: Verifying): JobWork {
  const kept = new KeptWork(() => verifyState(verifying));
  return {
    step: async (_tx, job): Promise<Step> => {
      const { done, value } = await kept.goOn(job);
      if (!done) return { progress: value, types: countsOf(job, value) };
      return { state: 'done', ...doneWith(value) };
    },
    release: (job) => kept.release(job),
  };
}

function doneWith(report: StateReport): Pick<Begun, 'progress' | 'types'> {
  const { records, documents } = report;
  return {
    progress: { report },
    types: [counted('record', records, records), counted('document', documents, documents)],
  };
}

function countsOf({ types }: Pick<Job, 'types'>, { records, documents, compared }: StateProgress): TypeCount[] {
  const expected = types.find(({ type }) => type === 'record')?.total ?? 0;
  const read = counted('record', Math.max(expected, records), records);
  return documents === 0 ? [read] : [read, counted('document', documents, compared)];
}

const counted = (type: string, total: number, moved: number): TypeCount => ({ type, ...NOTHING_DONE, total, moved });
