import type { Named, RecordDraft } from '../audit/record.ts';
import type { Reason } from '../base/errors.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';

/** A kind has the name of the command that begins it; `changedUserIds` is begun by the service itself. */
export type JobKind =
  | 'changeOwner'
  | 'reclaim'
  | 'changedUserIds'
  | 'offboard'
  | 'revertJob'
  | 'verifyAudit'
  | 'verifyState'
  | 'pruneAudit';

/** `failed`: it cannot continue at present, and has an error; it can be resumed like a paused job. */
export type JobState = 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

/** The outcome of one item. */
export type ItemOutcome = 'moved' | 'failed' | 'skipped';

/** Who began or resumed the job, as its records name them, and what their right to it is checked by before each step. */
export interface Initiator {
  readonly actor: Named;
  /** The person for whom the actor, a service, began it. */
  readonly onBehalfOf?: Named;
  readonly authority: 'admin' | 'service';
  /** The roles in the person's token at that time, and those of the service in it. */
  readonly roles: readonly string[];
  readonly delegateRoles?: readonly string[];
  readonly reason?: string;
  readonly rule?: string;
  /** The digest of the policy file that let it through. */
  readonly policy?: string;
  /** The key `user` and the parameters of the command, on which rules of the policy may depend. */
  readonly user?: string;
  readonly params?: unknown;
  readonly approval?: RecordDraft['approval'];
  /** Set if it was begun while the glass was broken, and may go on only for so long. */
  readonly breakGlass?: { readonly id: string; readonly until: Date };
  readonly requestId: string;
  readonly address: string;
}

/** How many items of one type the job has, and the outcomes of those done so far. */
export interface TypeCount {
  readonly type: string;
  readonly total: number;
  readonly moved: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Work that is too much for one transaction. Each step is one transaction: its changes, the job's progress and the audit
 * record are committed together, so that a step is done once or not at all, even if a process is killed.
 */
export interface Job extends Stored {
  readonly kind: JobKind;
  readonly state: JobState;
  readonly initiator: Initiator;
  /** The giver and the receiver, with their names at that time. */
  readonly from?: Named;
  readonly to?: Named;
  /** The task, as its kind defines it. */
  readonly task: unknown;
  /** The progress, as its kind defines it. */
  readonly progress: unknown;
  readonly types: readonly TypeCount[];
  /** The numbers of the parts with which items that were left were taken once more. */
  readonly retries?: readonly number[];
  /** The job that this one takes back, and the last one that took this one back. */
  readonly reverts?: string;
  readonly revertedBy?: string;
  readonly error?: { readonly reason: Reason; readonly message: string };
  readonly createdAt: Date;
  readonly finishedAt?: Date;
}

export const jobs = collection<Job>('jobs', {
  indexes: [
    { key: { state: 1 }, name: 'running', partialFilterExpression: { state: 'running' } },
    { key: { 'from.id': 1 }, name: 'from' },
    { key: { finishedAt: 1 }, name: 'finished', sparse: true },
    {
      ...{ key: { kind: 1 }, name: 'pruning', unique: true },
      partialFilterExpression: { kind: 'pruneAudit', state: 'running' },
    },
  ],
  keyedLists: { types: 'type' },
});

export function runningJobs(reader: Reader): Promise<Pick<Job, '_id' | 'revision' | 'kind'>[]> {
  return reader.parts(jobs, { state: 'running' }, { fields: ['kind'] });
}

export const NOTHING_DONE = { moved: 0, failed: 0, skipped: 0 } as const;

/** The counts with these outcomes added. */
export function withOutcomes(
  types: readonly TypeCount[],
  outcomes: Iterable<{ readonly type: string; readonly outcome: ItemOutcome }>,
): TypeCount[] {
  const counts = new Map(types.map((count) => [count.type, { ...count }]));
  for (const { type, outcome } of outcomes) {
    const count = counts.get(type);
    if (count !== undefined) count[outcome] += 1;
  }
  return [...counts.values()];
}

/** How many there are of each type, with nothing done yet. */
export function countsOf(items: readonly { readonly type: string }[]): TypeCount[] {
  const totals = new Map<string, number>();
  for (const { type } of items) totals.set(type, (totals.get(type) ?? 0) + 1);
  return [...totals].map(([type, total]) => ({ type, total, ...NOTHING_DONE }));
}
