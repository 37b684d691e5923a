import { refuse } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import { ACCOUNTS } from '../../identity/nameRules.ts';
import { assertReceives, isLiving, type Party, partyById } from '../../identity/party.ts';
import { one, resolveToGive, resolveToTake } from '../../identity/resolver.ts';
import { beginJob, newJobId } from '../../jobs/begin.ts';
import { countsOf, type Initiator, type Job, type JobKind, type TypeCount, withOutcomes } from '../../jobs/job.ts';
import { type Item, inParts, itemsOf, jobParts, keepOutcome, keepPart, partId } from '../../jobs/parts.ts';
import type { JobWork } from '../../jobs/runner.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { PreviousOwner } from '../access/changeOwners.ts';
import { bytesOfField } from '../resources/collections.ts';
import { rulesOf } from '../resources/types.ts';
import { apply } from './apply.ts';
import { foreseeMoves, type Page } from './foresight.ts';
import { type Left, type Selection, selected } from './selection.ts';
import { tellOfTransfer } from './tell.ts';
import { type Move, moves, transferBetween } from './transfer.ts';

/** How a call begins a job: by whom, under what authority, and whether it must keep to a plan, or only make one. */
export interface Beginning {
  readonly initiator: Initiator;
  readonly authority: Authority;
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

/** How many parts there are, which is next, and how many of its items are done. */
export interface PartProgress {
  readonly parts: number;
  readonly next: number;
  readonly offset?: number;
}

/**
 * Gives all that somebody owns, or what is selected of it, to somebody else.
 *
 * @returns the job: at its end already, unless it is too much for one transaction
 * @throws username_invalid, user_unknown, role_unknown, recipient_unfit, same_owner, resource_missing, too_many_resources
 */
export async function changeOwner(
  tx: Transaction,
  beginning: Beginning,
  { from, to, previousOwner, page, ...selection }: ChangeOwner,
): Promise<Job> {
  const giver = await one(resolveToTake(tx, [from], ACCOUNTS));
  const receiver = await one(resolveToGive(tx, [to], ACCOUNTS));
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
  const giver = await one(resolveToTake(tx, [from], ACCOUNTS));
  if (isLiving(giver)) {
    throw refuse('invalid_params', `${giver.wire} is no former user: changeOwner moves what a living one owns`);
  }
  const receiver = await one(resolveToGive(tx, [to], ACCOUNTS));
  return beginTransfer(tx, beginning, 'reclaim', giver, receiver, { previousOwner: 'drop' }, {}, page);
}

/** @throws same_owner, owner_kind_not_allowed, resource_missing, too_many_resources */
export async function beginTransfer(
  tx: Transaction,
  { initiator, authority, planned }: Beginning,
  kind: JobKind,
  from: Party,
  to: Party,
  how: Pick<TransferTask, 'previousOwner'>,
  selection: Selection,
  page?: Page,
): Promise<Job> {
  if (from.id === to.id) throw refuse('same_owner', to.wire);
  assertSomeMayOwn(selection, to);
  const { items, others } = await selected(tx, from.id, selection);
  const task: TransferTask = { from: from.id, to: to.id, ...how };
  const types = withOutcomes(countsOf([...items, ...others.map(({ item }) => item)]), others.map(outcomeOf));
  if (planned) {
    const what = { ...task, to: [to.id, to.wire] };
    await foreseeMoves(tx, what, movesOf(tx, items, task, to, others), types, page);
  }
  const _id = newJobId();
  const parts = inParts(items);
  for (const [number, part] of parts.entries()) keepPart(tx, _id, number, part);
  keepOthers(tx, _id, parts.length, others);
  if (items.length > 0) {
    tellOfTransfer(tx, from, to, items.length === 1 ? 'one resource' : `${items.length} resources`);
  }
  const progress: PartProgress = { parts: parts.length, next: 0 };
  const people = { from: { id: from.id, name: from.wire }, to: { id: to.id, name: to.wire } };
  return beginJob(tx, { _id, kind, initiator, who: authority, ...people, task, progress, types }, transferWork);
}

const outcomeOf = ({ item, outcome }: Left) => ({ type: item.type, outcome });

/** What was asked for and cannot be moved stands in parts of its own, which are done from the beginning. */
function keepOthers(tx: Transaction, job: string, first: number, others: readonly Left[]): void {
  const exceptions = new Map(others.map(({ item: { id }, outcome, reason }) => [id, { id, outcome, reason }]));
  for (const [i, part] of inParts(others.map(({ item }) => item)).entries()) {
    keepPart(tx, job, first + i, part);
    keepOutcome(
      tx,
      job,
      { number: first + i, offset: 0 },
      part.flatMap(({ id }) => exceptions.get(id) ?? []),
    );
  }
}

/** Where nothing that is selected could ever be the receiver's, nothing is begun. @throws owner_kind_not_allowed */
function assertSomeMayOwn({ types }: Selection, to: Party): void {
  if (types === undefined || types.some((type) => rulesOf(type).owners.kinds.includes(to.kind))) return;
  throw refuse('owner_kind_not_allowed', `A ${to.kind} cannot own a resource of type ${types.join(' or ')}`);
}

/** What would become of all these items, batch by batch. */
export async function* movesOf(
  tx: Transaction,
  items: readonly Item[],
  task: TransferTask,
  to: Party,
  others: readonly Left[] = [],
): AsyncGenerator<readonly Move[]> {
  const transfer = await transferBetween(tx.aside, task.from, to, task.previousOwner);
  const claimed = new Set<string>();
  for (const part of inParts(items)) {
    for (let done = 0; done < part.length; ) {
      const batch = await moves(tx, part.slice(done), transfer, { now: tx.now, claimed });
      yield batch;
      done += batch.length;
    }
  }
  if (others.length > 0) yield others;
}

/** A step of a transfer moves one part, or as much of it as one transaction changes. */
export const transferWork: JobWork = {
  step: async (tx, job, authority) => {
    assertAllRights(authority);
    const present = job.progress as PartProgress;
    if (present.next === present.parts) return { state: 'done' };
    const { progress, types } = await movePart(tx, job, job.task as TransferTask, present);
    return { progress, types, ...(progress.next === progress.parts ? { state: 'done' } : {}) };
  },
};

/** The documents of one batch have at most so many bytes of grants, all together: the database rewrites them. */
const MAX_REWRITTEN_BYTES = 32_000_000;

/** @throws recipient_unfit */
export async function movePart<P extends PartProgress>(
  tx: Transaction,
  job: Job,
  task: TransferTask,
  progress: P,
): Promise<{ readonly progress: P; readonly types: readonly TypeCount[] }> {
  const { next: number, offset = 0 } = progress;
  const to = await partyById(tx, task.to);
  assertReceives(to);
  const part = await tx.get(jobParts, partId(job._id, number));
  if (part === null) throw new Error(`the part ${number} of the job ${job._id} is missing`);
  const items = itemsOf(part);
  const transfer = await transferBetween(tx, task.from, to, task.previousOwner);
  const batch = await moves(tx, await firstFew(tx, items.slice(offset)), transfer, { now: tx.now });
  const upTo = offset + batch.length;
  const isLast = upTo === items.length;
  const types = await apply(tx, job, { number, offset, ...(isLast ? {} : { upTo }) }, batch);
  const { offset: _, ...others } = progress;
  const moved = isLast ? { ...others, next: number + 1 } : { ...others, offset: upTo };
  return { progress: moved as P, types };
}

/** The first of these items, as many as the database rewrites in one transaction without harm. */
async function firstFew(tx: Transaction, items: readonly Item[]): Promise<readonly Item[]> {
  let few = items;
  while (few.length > 1) {
    const bytes = await bytesOfField(
      tx,
      few.map(({ id }) => id),
      'grants',
    );
    if (bytes <= MAX_REWRITTEN_BYTES) break;
    few = few.slice(0, Math.max(1, Math.floor((few.length * MAX_REWRITTEN_BYTES) / bytes)));
  }
  return few;
}
