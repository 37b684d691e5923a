import { defined } from '../base/defined.ts';
import type { AuditPruning, StateReport } from '../base/schemas/generated.ts';
import type { Job } from './job.ts';

/** The progress of a job of verifyState. */
export interface StateJobProgress {
  /** Present once the job is done. */
  readonly report?: StateReport;
}

/** What a job of verifyState has found; undefined for jobs of other kinds. */
export const stateReportIn = ({ kind, progress }: Job): StateReport | undefined =>
  kind === 'verifyState' ? (progress as StateJobProgress).report : undefined;

/** The task of a job of pruneAudit. */
export interface PruneTask {
  /** The size of the log before which records are pruned. */
  readonly size: number;
}

/** The progress of a job of pruneAudit. */
export interface PruneProgress {
  /** The snapshot of what the records say; absent until it is stored. */
  readonly snapshot?: string;
  /** The sequence number of the next record that is to be removed. */
  readonly next: number;
}

/** How far a job of pruneAudit is; undefined for jobs of other kinds. */
export function pruningIn({ kind, task, progress }: Job): AuditPruning | undefined {
  if (kind !== 'pruneAudit') return undefined;
  const { snapshot, next } = progress as PruneProgress;
  return defined({ size: (task as PruneTask).size, snapshot, removed: next });
}
