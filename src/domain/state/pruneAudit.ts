import { isLeft, type Pruner, removeSegment } from '../../audit/log/removal.ts';
import { auditHeads, type Segment, segmentsFrom } from '../../audit/log/segments.ts';
import { auditSnapshots, newestSnapshot, prunedBelow, snapshotId } from '../../audit/log/snapshots.ts';
import { auditCollection } from '../../audit/record.ts';
import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import { newJobId } from '../../jobs/begin.ts';
import { type Initiator, type Job, jobs, NOTHING_DONE, type TypeCount } from '../../jobs/job.ts';
import { KeptWork } from '../../jobs/keptWork.ts';
import type { PruneProgress, PruneTask } from '../../jobs/progress.ts';
import type { JobWork, Step } from '../../jobs/runner.ts';
import { digest } from '../../store/changes.ts';
import { type Database, isUnauthorized } from '../../store/database.ts';
import type { Transaction } from '../../store/transaction.ts';
import { makeSnapshot, type Prepared, type SnapshotParts } from './makeSnapshot.ts';

/** What pruning needs beside the database. */
export interface PruneParts extends SnapshotParts {
  readonly pruner: Pruner;
}

/** What is to be pruned. */
interface Prunable extends PruneTask {
  /** How many lines of the earlier snapshot and records are to be read for the new one. */
  readonly reading: number;
  /** The snapshot, if it is there and only the removal of the records was not ended. */
  readonly snapshot?: string;
}

/**
 * Finds what was sealed before this instant.
 *
 * @throws invalid_params, nothing_to_prune, prune_unauthorized, snapshot_changed
 */
export async function findPrunable(
  { database, pruner, trusted }: PruneParts,
  { before, now }: { readonly before: string; readonly now: Date },
): Promise<Prunable> {
  const until = new Date(before);
  if (until.getTime() > now.getTime()) throw refuse('invalid_params', 'before must not be in the future');
  const earlier = await newestSnapshot(database, trusted);
  const size = await sizeBefore(database, until);
  const isPruned = earlier !== undefined && size <= earlier.size;
  if (size === 0 || (isPruned && !(await isLeft(database, earlier.size)))) {
    throw refuse('nothing_to_prune', until.toISOString());
  }
  await withPruner(pruner, async (deleting) => {
    // The server asks for the right before it looks for what is to be deleted.
    await deleting.removeIds(auditCollection, []);
  });
  if (isPruned) return { size: earlier.size, reading: 0, snapshot: earlier._id };
  return { size, reading: size - (earlier?.size ?? 0) + (earlier?.documents ?? 0) };
}

/**
 * Begins the job that prunes, in the background: what it removes is gone before a step is recorded.
 *
 * @throws prune_running
 */
export async function beginPruning(tx: Transaction, initiator: Initiator, prunable: Prunable): Promise<Job> {
  const { size, reading, snapshot } = prunable;
  // Of two that begin at the same moment, the unique index lets one in; the other comes here again.
  const [running] = await tx.untracked.find(jobs, { kind: 'pruneAudit', state: 'running' }, { limit: 1 });
  if (running !== undefined) throw refuse('prune_running', running._id);
  const task: PruneTask = { size };
  const progress: PruneProgress = defined({ next: 0, snapshot });
  const types = [counted('record', reading, 0), counted('removal', size, 0)];
  const change = { collection: auditSnapshots.name, id: snapshotId(size), op: 'insert' as const, after: { size } };
  const counts = types.map(({ type, total }) => ({ type, total }));
  tx.planLaterWork({
    sealed: digest(task),
    shown: { changes: snapshot === undefined ? [change] : [], total: reading + size, types: counts },
  });
  const state = 'running' as const;
  return tx.insert(jobs, {
    ...{ _id: newJobId(), revision: 0, kind: 'pruneAudit', state, initiator, task, progress, types },
    createdAt: tx.now,
  });
}

/**
 * How such a job is done: a signed snapshot is made and stored, from which on the records count as pruned, and then they are
 * removed, segment by segment. The snapshot is begun again if another instance takes the job over.
 */
export function pruneWork(parts: PruneParts): JobWork {
  const kept = new KeptWork((job) => makeSnapshot(parts, (job.task as PruneTask).size));
  return {
    step: async (tx, job): Promise<Step> => {
      const { size } = job.task as PruneTask;
      const progress = job.progress as PruneProgress;
      if (progress.snapshot !== undefined) return removalStep(parts, { size, progress, types: job.types });
      const { done, value } = await kept.goOn(job);
      if (!done) return { types: withMoved(job.types, 'record', value) };
      const snapshot = await storeSnapshot(tx, value);
      const read = job.types.find(({ type }) => type === 'record')?.total ?? 0;
      return { progress: { ...progress, snapshot }, types: withMoved(job.types, 'record', read) };
    },
    release: (job) => kept.release(job),
  };
}

/** Stores the snapshot, from which on the records before it count as pruned. */
async function storeSnapshot(tx: Transaction, prepared: Prepared): Promise<string> {
  const head = await tx.get(auditHeads, 'head');
  if (head === null) throw new TypeError('the log has no head: the database was not prepared');
  if (prepared.size > (head.pruned ?? 0)) {
    await tx.insert(auditSnapshots, { ...prepared, at: tx.now });
    await tx.update(auditHeads, head, { ...head, pruned: prepared.size });
  }
  return prepared._id;
}

/** For how long a step removes records, at most, before its progress is stored. */
const STEP_MS = 4_000;

interface Removal extends Pick<Job, 'types'> {
  readonly size: number;
  readonly progress: PruneProgress;
}

/** Removes records for some seconds. A step that is repeated finds some of them removed already. */
async function removalStep(
  { database, pruner, trusted }: PruneParts,
  { size, progress, types }: Removal,
): Promise<Step> {
  const until = performance.now() + STEP_MS;
  let { next } = progress;
  // Only a signed snapshot makes records removable, whatever the job says.
  if ((await prunedBelow(database, trusted)) < size)
    throw refuse('snapshot_changed', snapshotId(size), 'it is not in force');
  await withPruner(pruner, async (deleting) => {
    for await (const segment of segmentsFrom(database, next)) {
      if (segment.size > size) break;
      await removeSegment(database, deleting, segment);
      next = segment.size;
      if (performance.now() > until) break;
    }
  });
  const isDone = next >= size || next === progress.next;
  return {
    ...defined({ state: isDone ? ('done' as const) : undefined }),
    ...{ progress: { ...progress, next }, types: withMoved(types, 'removal', next) },
  };
}

const counted = (type: string, total: number, moved: number): TypeCount => ({ type, ...NOTHING_DONE, total, moved });

const withMoved = (types: readonly TypeCount[], type: string, moved: number): TypeCount[] =>
  types.map((count) => (count.type === type ? { ...count, total: Math.max(count.total, moved), moved } : count));

/** @throws prune_unauthorized */
async function withPruner(pruner: Pruner, work: (deleting: Database) => Promise<void>): Promise<void> {
  const { database, close } = await pruner.open();
  try {
    await work(database);
  } catch (error) {
    throw isUnauthorized(error) ? refuse('prune_unauthorized') : error;
  } finally {
    await close();
  }
}

/** The size of the log after the last segment that was sealed before this instant: so its records are older, too. */
async function sizeBefore(database: Database, until: Date): Promise<number> {
  let last: Segment | undefined;
  for await (const segment of segmentsFrom(database, 0)) {
    if (segment.at.getTime() >= until.getTime()) break;
    last = segment;
  }
  return last?.size ?? 0;
}
