import type { AuditLog } from '../audit/log/log.ts';
import { transferWork } from '../domain/ownership/changeOwner.ts';
import { offboardWork } from '../domain/ownership/offboard.ts';
import { revertWork } from '../domain/ownership/revert.ts';
import { type PruneParts, pruneWork } from '../domain/state/pruneAudit.ts';
import { stateWork } from '../domain/state/stateJob.ts';
import type { AdminRules } from '../identity/roster.ts';
import type { JobKind } from '../jobs/job.ts';
import type { JobWork } from '../jobs/runner.ts';
import { verifyWork } from '../jobs/verifyAudit.ts';

export interface WorkParts {
  readonly rules: AdminRules;
  readonly log: AuditLog;
  readonly pruning: PruneParts;
}

/** How jobs of each kind are done. */
export function works({ rules, log, pruning }: WorkParts): Readonly<Record<JobKind, JobWork>> {
  return {
    changeOwner: transferWork,
    reclaim: transferWork,
    changedUserIds: transferWork,
    offboard: offboardWork(rules),
    revertJob: revertWork,
    verifyAudit: verifyWork(log),
    verifyState: stateWork(pruning),
    pruneAudit: pruneWork(pruning),
  };
}
