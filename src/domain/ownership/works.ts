import type { AuditLog } from '../../audit/log/log.ts';
import type { AdminRules } from '../../identity/roster.ts';
import type { JobKind } from '../../jobs/job.ts';
import type { JobWork } from '../../jobs/runner.ts';
import { verifyWork } from '../../jobs/verifyAudit.ts';
import { transferWork } from './changeOwner.ts';
import { offboardWork } from './offboard.ts';
import { revertWork } from './revert.ts';

/** How jobs of each kind are done. */
export function works(rules: AdminRules, log: AuditLog): Readonly<Record<JobKind, JobWork>> {
  return {
    changeOwner: transferWork,
    reclaim: transferWork,
    changedUserIds: transferWork,
    offboard: offboardWork(rules),
    revertJob: revertWork,
    verifyAudit: verifyWork(log),
  };
}
