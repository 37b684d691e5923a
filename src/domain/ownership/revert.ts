import { withAllChanges } from '../../audit/parts.ts';
import { type AuditRecord, auditCollection } from '../../audit/record.ts';
import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import { ACCOUNTS } from '../../identity/nameRules.ts';
import { assertReceives, type Party, partyById, partyProblem } from '../../identity/party.ts';
import { one, resolveToGive } from '../../identity/resolver.ts';
import { beginJob, newJobId } from '../../jobs/begin.ts';
import { inState } from '../../jobs/control.ts';
import { type Job, type JobKind, jobs, NOTHING_DONE, type TypeCount } from '../../jobs/job.ts';
import { forThisAttempt, storePart, typesOf } from '../../jobs/parts.ts';
import type { JobWork } from '../../jobs/runner.ts';
import type { Change } from '../../store/changes.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { resourceCollections } from '../resources/collections.ts';
import { apply } from './apply.ts';
import type { JobStart } from './changeOwner.ts';
import { inverses, type UpdateChange } from './inverse.ts';
import { type Page, planMoves } from './planMoves.ts';
import { type Batch, type Move, moves } from './transfer.ts';

export interface RevertJob {
  readonly id: string;
  /** Who gets the resources, if not their owner before. */
  readonly to?: string;
  readonly page?: Page;
}

/** They change nothing, or remove what is then gone. */
const NOT_REVERTIBLE: readonly JobKind[] = ['verifyAudit', 'verifyState', 'pruneAudit'];

/** A job's task as it is stored. */
interface RevertTask {
  readonly job: string;
  /** The id of who gets the resources, if not their owner before. */
  readonly to?: string;
}

interface RevertProgress {
  /** The last record of the other job of which all changes were reverted. */
  readonly after: string;
  /** The number of the next part. */
  readonly next: number;
  /** How many changes of the record after that one are done. */
  readonly offset?: number;
}

/**
 * Reverts a job, once: restores owners, names and grants of every item that is still as the job left it. If the owner
 * before can no longer be given anything, `to` names another.
 *
 * @throws job_unknown, job_state, already_reverted, recipient_unfit, user_unknown, role_unknown, same_owner,
 *   record_pruned
 */
export async function revertJob(tx: Transaction, start: JobStart, { id, to, page }: RevertJob): Promise<Job> {
  const reverted = await inState(tx, id, { states: ['done', 'cancelled', 'failed'], verb: 'reverted' });
  if (NOT_REVERTIBLE.includes(reverted.kind)) {
    throw refuse('invalid_params', `The job ${id} of ${reverted.kind} changed nothing that could be reverted`);
  }
  await assertNotReverted(tx, reverted);
  // A revert goes by the records of what the job did.
  if ((await beginningOf(tx, id)) === undefined) throw refuse('record_pruned', `the records of job ${id}`);
  const receiver = await receiverOf(tx, reverted, to);
  const isAnother = receiver !== undefined && receiver.id !== reverted.from?.id;
  const task: RevertTask = { job: id, ...(isAnother ? { to: receiver.id } : {}) };
  const types = toRevert(reverted);
  if (start.planned) {
    const what = { revert: id, ...defined({ to: receiver && [receiver.id, receiver.wire] }) };
    await planMoves(tx, { what, batches: batchesOf(tx, task), types, ...defined({ page }) });
  }
  const _id = newJobId();
  // A failed job could be resumed, and would then repeat what is being reverted.
  const state = reverted.state === 'failed' ? 'cancelled' : reverted.state;
  await tx.update(jobs, reverted, { ...reverted, state, revertedBy: _id });
  const people = defined({ from: reverted.to, to: receiver && { id: receiver.id, name: receiver.wire } });
  const progress: RevertProgress = { after: '', next: 0 };
  const { initiator, authority } = start;
  return beginJob(
    tx,
    { _id, kind: 'revertJob', initiator, who: authority, ...people, reverts: id, task, progress, types },
    revertWork,
  );
}

/** A job may be reverted again if the first revert was cancelled. @throws already_reverted */
async function assertNotReverted(reader: Reader, { _id, revertedBy }: Job): Promise<void> {
  if (revertedBy === undefined) return;
  const other = await reader.get(jobs, revertedBy);
  if (other?.state === 'cancelled') return;
  throw refuse('already_reverted', _id, revertedBy, (await beginningOf(reader, revertedBy)) ?? 'unknown');
}

/** Who is to get the resources. @throws recipient_unfit, user_unknown, role_unknown, same_owner */
async function receiverOf(tx: Transaction, { from, to: holder }: Job, to: string | undefined) {
  if (to !== undefined) {
    const receiver = await one(resolveToGive(tx, [to], ACCOUNTS));
    if (receiver.id === holder?.id) throw refuse('same_owner', receiver.wire);
    return receiver;
  }
  if (from === undefined) return undefined;
  const receiver = await partyById(tx, from.id);
  assertCanReceive(receiver);
  return receiver;
}

/** @throws recipient_unfit, with advice */
function assertCanReceive(party: Party): void {
  const problem = partyProblem(party);
  if (problem === undefined) return;
  throw refuse('recipient_unfit', party.wire, `${problem}. Use "to" to give the resources to somebody else`);
}

const toRevert = ({ types }: Job): TypeCount[] =>
  types.flatMap(({ type, moved }) => (moved === 0 ? [] : [{ type, total: moved, ...NOTHING_DONE }]));

/** A step reverts the changes of one record, or as many of them as fit into one transaction. */
export const revertWork: JobWork = {
  step: async (tx, job, authority) => {
    assertAllRights(authority);
    const task = job.task as RevertTask;
    const { after, next, offset = 0 } = job.progress as RevertProgress;
    if (job.to !== undefined) assertReceives(await partyById(tx, job.to.id));
    const record = await nextRecord(tx, task.job, after);
    if (record === undefined) return { state: 'done' };
    const batch = await inverseMoves(tx, task, { changes: forThisAttempt(tx, record.changes.slice(offset)) });
    const items = batch.map((move) => move.item);
    storePart(tx, { job: job._id, number: next }, items);
    const types = await apply(tx, job, { number: next, offset: 0, moves: batch });
    const done = offset + batch.length;
    const isLast = done === record.changes.length;
    const progress: RevertProgress = { after: isLast ? record.id : after, next: next + 1 };
    return { types, progress: isLast ? progress : { ...progress, offset: done } };
  },
};

interface Reverted extends Pick<Batch, 'claimed'> {
  readonly changes: readonly UpdateChange[];
}

/** The moves that revert these changes, or as many of them as fit into one transaction. */
async function inverseMoves(
  tx: Transaction,
  { job, to }: RevertTask,
  { changes, ...batch }: Reverted,
): Promise<readonly Move[]> {
  if (to === undefined) {
    return inverses(tx, changes, { ...batch, now: tx.now, typesOf: (ids) => typesOf(tx, job, ids) });
  }
  const { to: holder } = await jobOf(tx, job);
  if (holder === undefined) throw new TypeError(`the job ${job} has no receiver`);
  const ids = changes.map(({ id }) => id);
  const types = await typesOf(tx, job, ids);
  const items = ids.map((id) => ({ id, type: types.get(id) ?? '' }));
  const transfer = { from: holder.id, to: await partyById(tx, to), previousOwner: 'drop' } as const;
  return moves(tx, items, { ...transfer, now: tx.now, ...batch });
}

async function jobOf(tx: Transaction, id: string): Promise<Job> {
  const job = await tx.get(jobs, id);
  if (job === null) throw refuse('job_unknown', id);
  return job;
}

async function* batchesOf(tx: Transaction, task: RevertTask): AsyncGenerator<readonly Move[]> {
  const claimed = new Set<string>();
  for (let after = ''; ; ) {
    const record = await nextRecord(tx, task.job, after);
    if (record === undefined) return;
    for (let done = 0; done < record.changes.length; ) {
      const batch = await inverseMoves(tx, task, { changes: record.changes.slice(done), claimed });
      yield batch;
      done += batch.length;
    }
    after = record.id;
  }
}

/** The job's next record with changes of owners, and those. */
async function nextRecord(
  reader: Reader,
  job: string,
  after: string,
): Promise<{ readonly id: string; readonly changes: readonly UpdateChange[] } | undefined> {
  const movable = resourceCollections.flatMap(({ name }) => reader.aliasesOf(name));
  for await (const { id, records } of recordsOf(reader, job, after)) {
    const changes = records.flatMap((r) => r.changes.filter(isMove)).filter((c) => movable.includes(c.collection));
    if (changes.length > 0) return { id, changes };
  }
  return undefined;
}

/** The id of the record with which a job began. */
async function beginningOf(reader: Reader, job: string): Promise<string | undefined> {
  for await (const { records } of recordsOf(reader, job, '')) return records[0]?.id;
  return undefined;
}

/** The records of what a job did, batch by batch; not those of commands about the job, such as its revert. */
async function* recordsOf(reader: Reader, job: string, after: string) {
  const names = reader.aliasesOf(jobs.name);
  const places = names.map((name) => `${name}/${job}`);
  const isOfJob = ({ outcome, via, params, changes }: AuditRecord) =>
    outcome === 'success' &&
    ((via === 'job' && (params as { readonly job?: unknown } | undefined)?.job === job) ||
      changes.some((c) => c.op === 'insert' && c.id === job && names.includes(c.collection)));
  for (let id = after; ; ) {
    const filter = { 'records.resources': { $in: places }, _id: { $gt: id } };
    const [batch] = await reader.find(auditCollection, filter, { sort: { _id: 1 }, limit: 1 });
    if (batch === undefined) return;
    id = batch._id;
    const whole: AuditRecord[] = [];
    for (const record of batch.records) whole.push(await withAllChanges(reader, record));
    const records = whole.filter(isOfJob);
    if (records.length > 0) yield { id, records };
  }
}

/** Grants that an off-boarding withdrew are not restored, since the account is closed. */
const isMove = (change: Change): change is UpdateChange =>
  change.op === 'update' && change.fields.some((f) => f.path === 'owners');
