import type { AuditLog, VerifyRequest } from '../audit/log/log.ts';
import { reportOf, type Verification } from '../audit/log/verification.ts';
import { defined } from '../base/defined.ts';
import type { AuditReport } from '../base/schemas/generated.ts';
import type { Transaction } from '../store/transaction.ts';
import { beginOwnJob, WITHIN_CALL_MS } from './begin.ts';
import type { Initiator, Job, TypeCount } from './job.ts';
import type { JobWork, Step } from './runner.ts';

const KIND = 'verifyAudit';

interface Begun {
  readonly progress: Verification;
  readonly isDone: boolean;
}

/**
 * Does what a call does of the job: all of it, if there are few records.
 *
 * @throws checkpoint_unfit, size_unknown
 */
export async function prepareVerification(
  log: AuditLog,
  request: VerifyRequest,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Begun> {
  let progress = await log.verify(request);
  if (dryRun || progress.to - progress.from > log.limits.perPart) return { progress, isDone: false };
  const until = performance.now() + WITHIN_CALL_MS;
  while (progress.phase !== 'done' && performance.now() < until) progress = await log.goOn(progress);
  return { progress, isDone: progress.phase === 'done' };
}

/** Verifies the log of the audit. @returns the job, which is done already if there were few records */
export function verifyAudit(
  tx: Transaction,
  initiator: Initiator,
  { request, begun: { progress, isDone } }: { readonly request: VerifyRequest; readonly begun: Begun },
): Promise<Job> {
  const { from = 0, to } = request;
  const task = { from, ...defined({ to }) };
  return beginOwnJob(tx, {
    kind: KIND,
    initiator,
    task,
    progress,
    types: [countOf(progress)],
    isDone,
    covered: request,
  });
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
