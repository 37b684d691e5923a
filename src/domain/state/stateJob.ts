import { logHead } from '../../audit/log/segments.ts';
import { newestSnapshot } from '../../audit/log/snapshots.ts';
import type { StateReport } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { beginJob, newJobId, planOwnJob } from '../../jobs/begin.ts';
import { type Initiator, type Job, jobs, NOTHING_DONE, type TypeCount } from '../../jobs/job.ts';
import { KeptWork } from '../../jobs/keptWork.ts';
import type { JobWork, Step } from '../../jobs/runner.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type StateProgress, type Verifying, verifyState } from './verifyState.ts';

const KIND = 'verifyState';

/** Begins the job, unless one is running: then that is the answer. @throws snapshot_changed */
export async function beginStateJob(
  tx: Transaction,
  {
    initiator,
    authority,
    verifying,
  }: { readonly initiator: Initiator; readonly authority: Authority; readonly verifying: Verifying },
): Promise<Job> {
  const [running] = await tx.untracked.find(jobs, { kind: KIND, state: 'running' }, { limit: 1 });
  if (running !== undefined) return running;
  const { size } = await logHead(tx.untracked);
  const snapshot = await newestSnapshot(tx.untracked, verifying.trusted);
  const records = size - (snapshot?.size ?? 0) + (snapshot?.documents ?? 0);
  const types = [{ type: 'record', total: records, ...NOTHING_DONE }];
  const job = { _id: newJobId(), kind: KIND, initiator, who: authority, task: {}, progress: {}, types } as const;
  // How many records there are does not make a plan stale.
  planOwnJob(tx, job, KIND);
  return beginJob(tx, job, stateWork(verifying));
}

/** How such a job is done. It begins again if another instance takes it over, or if it is resumed. */
export function stateWork(verifying: Verifying): JobWork {
  const kept = new KeptWork(() => verifyState(verifying));
  return {
    step: async (_tx, job): Promise<Step> => {
      const { done, value } = await kept.goOn(job);
      if (!done) return { progress: value, types: countsOf(job, value) };
      const { records, documents } = value;
      const report: StateReport = value;
      const all = [counted('record', records, records), counted('document', documents, documents)];
      return { state: 'done', progress: { report }, types: all };
    },
    release: (job) => kept.release(job),
  };
}

function countsOf({ types }: Pick<Job, 'types'>, { records, documents, compared }: StateProgress): TypeCount[] {
  const expected = types.find(({ type }) => type === 'record')?.total ?? 0;
  const read = counted('record', Math.max(expected, records), records);
  return documents === 0 ? [read] : [read, counted('document', documents, compared)];
}

const counted = (type: string, total: number, moved: number): TypeCount => ({ type, ...NOTHING_DONE, total, moved });
