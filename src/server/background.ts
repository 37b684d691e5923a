import type { Journal } from '../audit/journal.ts';
import type { Witnesses } from '../audit/log/cosigning.ts';
import type { AuditLog } from '../audit/log/log.ts';
import type { Sealer } from '../audit/log/sealer.ts';
import { sweepExpired } from '../domain/access/sweepExpired.ts';
import { approvalRequests } from '../domain/approvals/request.ts';
import { SWEEP_START, sweepContents } from '../domain/objects/sweep.ts';
import { moveToChangedIds } from '../domain/ownership/changedIds.ts';
import type { PruneParts } from '../domain/state/pruneAudit.ts';

import type { PolicyParts } from '../gate/authorise.ts';
import { authorityOfService } from '../gate/authorities.ts';
import { authorityOfJob } from '../gate/standing.ts';
import type { RightsCache } from '../identity/rightsCache.ts';
import type { AdminRules } from '../identity/roster.ts';
import { jobs } from '../jobs/job.ts';
import { removeOldJobs } from '../jobs/removeOld.ts';
import { JobRunner } from '../jobs/runner.ts';
import { type BackgroundTask, Worker } from '../jobs/worker.ts';
import { deliverDue, type Send } from '../notices/deliver.ts';
import type { Command } from '../operations/operation.ts';
import type { Change } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import { works } from './works.ts';

const JOBS = 'jobs';
const APPROVALS = 'approvals';
/** How often requests are looked for that have expired, or that another instance was to run. */
const APPROVALS_EVERY_MS = 10_000;
/** How often jobs are looked for that another instance abandoned. */
const JOBS_EVERY_MS = 1_000;
const CYCLE_MS = 60_000;
const MAIL_EVERY_MS = 5_000;
const SEAL_EVERY_MS = 1_000;
const WITNESSES_EVERY_MS = 5_000;
const SWEEP_EVERY_MS = 15 * 60_000;
const EXPIRED_EVERY_MS = 60_000;
const OLD_JOBS_EVERY_MS = 3_600_000;

export interface BackgroundOptions {
  readonly database: Database;
  readonly journal: Journal;
  /** Seals the audit records; absent if they are not sealed. */
  readonly sealer: Sealer | undefined;
  readonly pruning: PruneParts;
  readonly log: AuditLog;
  /** Asks witnesses to cosign the log, if there are any. */
  readonly witnesses: Witnesses | undefined;
  readonly rights: RightsCache;
  readonly rules: AdminRules;
  readonly commands: ReadonlyMap<string, Command>;
  readonly policyParts: PolicyParts;
  readonly now: () => Date;
  /** Sends notices as e-mails, if a mail server is configured. */
  readonly sendMail: Send | undefined;
  readonly movesToChangedIds: boolean;
  /** How long a job is kept after its end. */
  readonly jobDays: number;
  /** One turn of the work about approvals and break-glass. */
  readonly tendApprovals: (signal: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface Background {
  readonly worker: Worker;
  /** How many jobs this instance works on. */
  readonly activeJobs: () => number;
  /** Called after every commit, before its answer leaves. */
  readonly committed: (changes: readonly Change[]) => void;
}

/** All tasks that run in the background. */
export function backgroundOf(options: BackgroundOptions): Background {
  const { database, journal, rights, commands, policyParts, now, onError } = options;
  const committed = (changes: readonly Change[]) => {
    rights.committed(changes);
    if (changes.some((c) => c.collection === jobs.name)) worker.wake(JOBS);
    if (changes.some((c) => c.collection === approvalRequests.name)) worker.wake(APPROVALS);
  };
  const runner = new JobRunner({
    database,
    journal,
    now,
    works: works(options),
    committed,
    authorityOf: (tx, job) => authorityOfJob({ ...policyParts, commands }, tx, job),
    onError,
  });
  const tasks: BackgroundTask[] = [
    {
      name: JOBS,
      everyMs: JOBS_EVERY_MS,
      by: 'each',
      run: (signal) => runner.begin(signal),
      ended: () => runner.ended(),
    },
    sweeping(database, now),
    {
      name: 'sweep expired rights',
      everyMs: EXPIRED_EVERY_MS,
      by: 'one',
      run: (signal) => sweepExpired({ database, journal, now, committed }, signal),
    },
    {
      name: 'remove old jobs',
      everyMs: OLD_JOBS_EVERY_MS,
      by: 'one',
      run: (signal) => removeOldJobs({ database, journal, now, committed, days: options.jobDays }, signal),
    },
    { name: APPROVALS, everyMs: APPROVALS_EVERY_MS, by: 'one', run: options.tendApprovals },
  ];
  const { sealer, witnesses } = options;
  if (sealer !== undefined) {
    tasks.push({ name: 'seal', everyMs: SEAL_EVERY_MS, by: 'each', run: (signal) => sealer.turn(signal) });
  }
  if (witnesses !== undefined) {
    tasks.push({ name: 'witnesses', everyMs: WITNESSES_EVERY_MS, by: 'one', run: (signal) => witnesses.turn(signal) });
  }
  if (options.sendMail !== undefined) {
    const delivery = { database, now, send: options.sendMail, onError };
    tasks.push({ name: 'mail', everyMs: MAIL_EVERY_MS, by: 'one', run: (signal) => deliverDue(delivery, signal) });
  }
  if (options.movesToChangedIds) {
    const run = (signal: AbortSignal) =>
      moveToChangedIds({ database, journal, now, committed, authority: authorityOfService(now()) }, signal);
    tasks.push({ name: 'changed user ids', everyMs: CYCLE_MS, by: 'one', run });
  }
  const worker = new Worker(database, tasks, onError);
  return { worker, activeJobs: () => runner.active, committed };
}

/** Removes contents of saves that were never committed. The first run after a start examines all contents. */
function sweeping(database: Database, now: () => Date): BackgroundTask {
  let swept = SWEEP_START;
  return {
    name: 'sweep contents',
    everyMs: SWEEP_EVERY_MS,
    by: 'one',
    run: async (signal) => {
      swept = await sweepContents(database, swept, { now: now(), signal });
    },
  };
}
