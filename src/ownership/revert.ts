import { assertAllRights } from '../access/genuine.ts';
import { auditCollection } from '../audit/record.ts';
import { beginJob, newJobId } from '../jobs/begin.ts';
import { inState } from '../jobs/control.ts';
import { type Job, jobs, NOTHING_DONE, type TypeCount } from '../jobs/job.ts';
import { keepPart, typesOf } from '../jobs/parts.ts';
import type { JobWork } from '../jobs/runner.ts';
import { resources } from '../resources/resource.ts';
import type { Change } from '../store/changes.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { apply } from './apply.ts';
import type { Beginning } from './changeOwner.ts';
import { foreseeMoves, type Page } from './foresight.ts';
import { inverses, type UpdateChange } from './inverse.ts';

interface RevertProgress {
  /** The last record of the other job whose changes were taken back. */
  readonly after: string;
  /** The number of the next part. */
  readonly next: number;
}

/**
 * Takes back what a job did: owners, names and grants become what they were, of every item in which they still are what
 * the job made them.
 *
 * @throws job_unknown, job_state
 */
export async function revertJob(tx: Transaction, beginning: Beginning, id: string, page?: Page): Promise<Job> {
  const reverted = await inState(tx, id, ['done', 'cancelled', 'failed'], 'reverted');
  const types = toRevert(reverted);
  if (beginning.planned) await foreseeMoves(tx, { revert: id }, batchesOf(tx, id), types, page);
  const _id = newJobId();
  // One that failed could be resumed, and would then do again what is being taken back.
  const state = reverted.state === 'failed' ? 'cancelled' : reverted.state;
  await tx.update(jobs, reverted, { ...reverted, state, revertedBy: _id });
  const people = {
    ...(reverted.to === undefined ? {} : { from: reverted.to }),
    ...(reverted.from === undefined ? {} : { to: reverted.from }),
  };
  const progress: RevertProgress = { after: '', next: 0 };
  const { initiator, who } = beginning;
  return beginJob(
    tx,
    { _id, kind: 'revertJob', initiator, who, ...people, reverts: id, task: { job: id }, progress, types },
    revertWork,
  );
}

const toRevert = ({ types }: Job): TypeCount[] =>
  types.flatMap(({ type, moved }) => (moved === 0 ? [] : [{ type, total: moved, ...NOTHING_DONE }]));

/** A step of a revert takes back the changes of one record. */
export const revertWork: JobWork = {
  step: async (tx, job, who) => {
    assertAllRights(who);
    const { job: id } = job.task as { readonly job: string };
    const { after, next } = job.progress as RevertProgress;
    const record = await nextRecord(tx, id, after);
    if (record === undefined) return { state: 'done' };
    const moves = await inverses(tx, record.changes, (ids) => typesOf(tx, id, ids));
    keepPart(
      tx,
      job._id,
      next,
      moves.map((move) => move.item),
    );
    return { types: await apply(tx, job, next, moves), progress: { after: record.id, next: next + 1 } };
  },
};

async function* batchesOf(tx: Transaction, id: string) {
  for (let after = ''; ; ) {
    const record = await nextRecord(tx, id, after);
    if (record === undefined) return;
    yield await inverses(tx, record.changes, (ids) => typesOf(tx, id, ids));
    after = record.id;
  }
}

/** The changes of owners in the job's next record that has some. */
async function nextRecord(
  reader: Reader,
  job: string,
  after: string,
): Promise<{ readonly id: string; readonly changes: readonly UpdateChange[] } | undefined> {
  const places = reader.aliasesOf(jobs.name).map((name) => `${name}/${job}`);
  const movable = reader.aliasesOf(resources.name);
  for (let id = after; ; ) {
    const filter = { 'records.resources': { $in: places }, _id: { $gt: id } };
    const [batch] = await reader.find(auditCollection, filter, { sort: { _id: 1 }, limit: 1 });
    if (batch === undefined) return undefined;
    id = batch._id;
    const records = batch.records.filter(
      (r) => r.outcome === 'success' && places.some((place) => r.resources.includes(place)),
    );
    const changes = records.flatMap((r) => r.changes.filter(isMove)).filter((c) => movable.includes(c.collection));
    if (changes.length > 0) return { id, changes };
  }
}

/** A right that a leaver had is not given back: its account is closed. */
const isMove = (change: Change): change is UpdateChange =>
  change.op === 'update' && change.fields.some((f) => f.path === 'owners');
