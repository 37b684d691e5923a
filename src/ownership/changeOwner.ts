import type { Authority } from '../access/authority.ts';
import { assertAllRights } from '../access/genuine.ts';
import { refuse } from '../errors.ts';
import { friendsOf } from '../identity/friends.ts';
import { markNamed } from '../identity/kbaseUsers.ts';
import { beginJob, newJobId } from '../jobs/begin.ts';
import { countsOf, type Initiator, type Job, type JobKind } from '../jobs/job.ts';
import { type Item, inParts, itemsOf, jobParts, keepPart, partId } from '../jobs/parts.ts';
import type { JobWork } from '../jobs/runner.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { apply } from './apply.ts';
import { foreseeMoves, type Page } from './foresight.ts';
import { assertCanReceive, type Party, partyById, partyOf, recipientOf } from './party.ts';
import { type Selection, selected } from './selection.ts';
import { tellOfTransfer } from './tell.ts';
import { moves, type PreviousOwner, type Transfer } from './transfer.ts';

/** How a call begins a job: by whom, under what authority, and whether it must keep to a plan, or only make one. */
export interface Beginning {
  readonly initiator: Initiator;
  readonly who: Authority;
  readonly planned: boolean;
}

export interface ChangeOwner extends Selection {
  /** `name`, `name~<short id>`, `role:<name>` or `id:<id>`. */
  readonly from: string;
  readonly to: string;
  readonly previousOwner?: PreviousOwner;
  readonly page?: Page;
}

/** A job's task as it is stored. */
export interface TransferTask {
  readonly from: string;
  readonly to: string;
  readonly previousOwner?: PreviousOwner;
}

/** How many parts there are, and which is next. */
export interface PartProgress {
  readonly parts: number;
  readonly next: number;
}

/**
 * Gives all that somebody owns, or what is selected of it, to somebody else.
 *
 * @returns the job: at its end already, unless it is too much for one transaction
 * @throws user_unknown, role_unknown, recipient_unfit, same_owner, resource_missing, too_many_resources
 */
export async function changeOwner(
  tx: Transaction,
  beginning: Beginning,
  { from, to, previousOwner, page, ...selection }: ChangeOwner,
): Promise<Job> {
  const giver = await partyOf(tx, from);
  const receiver = await recipientOf(tx, to);
  const how = previousOwner === undefined ? {} : { previousOwner };
  return beginTransfer(tx, beginning, 'changeOwner', giver, receiver, how, selection, page);
}

/**
 * Gives what a former user owned to somebody else; a former user keeps nothing.
 *
 * @throws user_unknown, role_unknown, invalid_params, recipient_unfit, too_many_resources
 */
export async function reclaim(
  tx: Transaction,
  beginning: Beginning,
  { from, to, page }: Pick<ChangeOwner, 'from' | 'to' | 'page'>,
): Promise<Job> {
  const giver = await partyOf(tx, from);
  if (giver.kind === 'user' ? giver.user.living : giver.role.living) {
    throw refuse('invalid_params', `${giver.wire} is no former user: changeOwner moves what a living one owns`);
  }
  const receiver = await recipientOf(tx, to);
  return beginTransfer(tx, beginning, 'reclaim', giver, receiver, { previousOwner: 'drop' }, {}, page);
}

/** @throws same_owner, resource_missing, too_many_resources */
export async function beginTransfer(
  tx: Transaction,
  { initiator, who, planned }: Beginning,
  kind: JobKind,
  from: Party,
  to: Party,
  how: Pick<TransferTask, 'previousOwner'>,
  selection: Selection,
  page?: Page,
): Promise<Job> {
  if (from.id === to.id) throw refuse('same_owner', to.wire);
  const items = await selected(tx, from.id, selection);
  const task: TransferTask = { from: from.id, to: to.id, ...how };
  const types = countsOf(items);
  if (planned) {
    const what = { ...task, to: [to.id, to.wire] };
    await foreseeMoves(tx, what, movesOf(tx, items, task, to), types, page);
  }
  if (to.kind === 'user') await markNamed(tx, [to.user]);
  const _id = newJobId();
  const parts = inParts(items);
  for (const [number, part] of parts.entries()) keepPart(tx, _id, number, part);
  if (items.length > 0) {
    tellOfTransfer(tx, from, to, items.length === 1 ? 'one resource' : `${items.length} resources`);
  }
  const progress: PartProgress = { parts: parts.length, next: 0 };
  const people = { from: { id: from.id, name: from.wire }, to: { id: to.id, name: to.wire } };
  return beginJob(tx, { _id, kind, initiator, who, ...people, task, progress, types }, transferWork);
}

/** What would become of all these items, part by part. */
export async function* movesOf(tx: Transaction, items: readonly Item[], task: TransferTask, to: Party) {
  const transfer = await transferOf(tx, task, to);
  for (const part of inParts(items)) yield await moves(tx, part, transfer, tx.now);
}

async function transferOf(reader: Reader, { from, previousOwner }: TransferTask, to: Party): Promise<Transfer> {
  const friends = await friendsOf(reader, from);
  return { from, to, ...(previousOwner === undefined ? {} : { previousOwner }), friends };
}

/** A step of a transfer moves one part. */
export const transferWork: JobWork = {
  step: async (tx, job, who) => {
    assertAllRights(who);
    const progress = job.progress as PartProgress;
    if (progress.next === progress.parts) return { state: 'done' };
    const types = await movePart(tx, job, job.task as TransferTask, progress.next);
    const next = progress.next + 1;
    return { progress: { ...progress, next }, types, ...(next === progress.parts ? { state: 'done' } : {}) };
  },
};

/** @throws recipient_unfit */
export async function movePart(tx: Transaction, job: Job, task: TransferTask, number: number) {
  const to = await partyById(tx, task.to);
  assertCanReceive(to);
  const part = await tx.get(jobParts, partId(job._id, number));
  if (part === null) throw new Error(`the part ${number} of the job ${job._id} is missing`);
  const transfer = await transferOf(tx, task, to);
  return apply(tx, job, number, await moves(tx, itemsOf(part), transfer, tx.now));
}
