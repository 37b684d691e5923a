import type { AuditLog, VerifyRequest } from '../audit/log/log.ts';
import { reportOf, type Verification } from '../audit/log/verification.ts';
import type { AuditReport } from '../base/schemas/generated.ts';
import type { Authority } from '../identity/authority.ts';
import type { Transaction } from '../store/transaction.ts';
import { beginJob, newJobId, planOwnJob } from './begin.ts';
import type { Initiator, Job, TypeCount } from './job.ts';
import type { JobWork, Step } from './runner.ts';

const KIND = 'verifyAudit';

interface Start {
  readonly initiator: Initiator;
  readonly authority: Authority;
}

/**
 * Verifies the log of the audit.
 *
 * @returns the job, which is done already if there were few records
 * @throws checkpoint_unfit, size_unknown
 */
export async function verifyAudit(
  tx: Transaction,
  { log, initiator, authority }: Start & { readonly log: AuditLog },
  request: VerifyRequest,
): Promise<Job> {
  const progress = await log.verify(request);
  const { from = 0, to } = request;
  const task = { from, ...(to === undefined ? {} : { to }) };
  const types = [countOf(progress)];
  const job = { _id: newJobId(), kind: KIND, initiator, who: authority, task, progress, types } as const;
  planOwnJob(tx, job, request);
  return beginJob(tx, job, verifyWork(log));
}

/** How such a job is done: each step checks some thousands of records. */
export function verifyWork(log: AuditLog): JobWork {
  return {
    step: async (_tx, job): Promise<Step> => {
      const progress = await log.goOn(job.progress as Verification);
      const done = progress.phase === 'done' ? ({ state: 'done' } as const) : {};
      return { ...done, progress, types: [countOf(progress)] };
    },
  };
}

function countOf({ from, to, next }: Verification): TypeCount {
  return { type: 'record', total: to - from, moved: next - from, failed: 0, skipped: 0 };
}

/** What a job has verified so far; undefined for jobs of other kinds. */
export const verificationIn = ({ kind, progress }: Job): AuditReport | undefined =>
  kind === KIND ? reportOf(progress as Verification) : undefined;
