import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import { ACCOUNTS } from '../../identity/nameRules.ts';
import { assertReceives, isLiving, type Party, partyById } from '../../identity/party.ts';
import { one, resolveToGive, resolveToTake } from '../../identity/resolver.ts';
import { beginJob, newJobId } from '../../jobs/begin.ts';
import { countsOf, type Initiator, type Job, type JobKind, type TypeCount, withOutcomes } from '../../jobs/job.ts';
import {
  forThisAttempt,
  type Item,
  inParts,
  itemsOf,
  jobParts,
  partId,
  storeOutcome,
  storePart,
} from '../../jobs/parts.ts';
import type { JobWork } from '../../jobs/runner.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { PreviousOwner } from '../access/changeOwners.ts';
import { bytesOfField } from '../resources/collections.ts';
import { rulesOf } from '../resources/types.ts';
import { apply } from './apply.ts';
import { notifyOfTransfer } from './notify.ts';
import { type Page, planMoves } from './planMoves.ts';
import { type Selection, selected, type Unmatched } from './selection.ts';
import { effectiveTransfer, type Move, moves, type Transfer } from './transfer.ts';

export interface JobStart {
  readonly initiator: Initiator;
  readonly authority: Authority;
  /** Whether this is a dry run, or must do exactly what a plan says. */
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

export interface PartProgress {
  /** The number of parts. */
  readonly parts: number;
  /** The next part. */
  readonly next: number;
  /** How many items of the next part are done. */
  readonly offset?: number;
}

/**
 * Gives everything that a user or role owns, or a selection of it, to another.
 *
 * @returns the job, which is done already unless it is too much for one transaction
 * @throws username_invalid, user_unknown, role_unknown, recipient_unfit, same_owner, resource_missing,
 *   too_many_resources
 */
export async function changeOwner(
  tx: Transaction,
  start: JobStart,
  { from, to, previousOwner, page, ...selection }: ChangeOwner,
): Promise<Job> {
  const giver = await one(resolveToTake(tx, [from], ACCOUNTS));
  const receiver = await one(resolveToGive(tx, [to], ACCOUNTS));
  const options = { ...defined({ previousOwner, page }), selection };
  return beginTransfer(tx, start, { kind: 'changeOwner', from: giver, to: receiver, ...options });
}

/**
 * Gives everything that a former user owns to another user or a role.
 *
 * @throws user_unknown, role_unknown, invalid_params, recipient_unfit, too_many_resources
 */
export async function reclaim(
  tx: Transaction,
  start: JobStart,
  { from, to, page }: Pick<ChangeOwner, 'from' | 'to' | 'page'>,
): Promise<Job> {
  const giver = await one(resolveToTake(tx, [from], ACCOUNTS));
  if (isLiving(giver)) {
    throw refuse('invalid_params', `${giver.wire} is not a former user: use changeOwner for active and pending users`);
  }
  const receiver = await one(resolveToGive(tx, [to], ACCOUNTS));
  const options = { previousOwner: 'drop', ...defined({ page }) } as const;
  return beginTransfer(tx, start, { kind: 'reclaim', from: giver, to: receiver, ...options });
}

interface BegunTransfer {
  readonly kind: JobKind;
  readonly from: Party;
  readonly to: Party;
  readonly previousOwner?: PreviousOwner;
  /** Everything when absent. */
  readonly selection?: Selection;
  readonly page?: Page;
}

/** @throws same_owner, owner_kind_not_allowed, resource_missing, too_many_resources */
export async function beginTransfer(
  tx: Transaction,
  { initiator, authority, planned }: JobStart,
  { kind, from, to, previousOwner, selection = {}, page }: BegunTransfer,
): Promise<Job> {
  if (from.id === to.id) throw refuse('same_owner', to.wire);
  assertSomeMayOwn(selection, to);
  const { items, unmatched } = await selected(tx, from.id, selection);
  const task: TransferTask = { from: from.id, to: to.id, ...defined({ previousOwner }) };
  const types = withOutcomes(countsOf([...items, ...unmatched.map(({ item }) => item)]), unmatched.map(outcomeOf));
  if (planned) {
    const what = { ...task, to: [to.id, to.wire] };
    await planMoves(tx, {
      what,
      types,
      ...defined({ page }),
      batches: movesOf(tx, { ...task, to }, { items, unmatched }),
    });
  }
  const _id = newJobId();
  const parts = inParts(tx, items);
  for (const [number, part] of parts.entries()) storePart(tx, { job: _id, number }, part);
  storeUnmatched(tx, { _id, first: parts.length }, unmatched);
  if (items.length > 0) {
    notifyOfTransfer(tx, { from, to }, items.length === 1 ? 'one resource' : `${items.length} resources`);
  }
  const progress: PartProgress = { parts: parts.length, next: 0 };
  const people = { from: { id: from.id, name: from.wire }, to: { id: to.id, name: to.wire } };
  return beginJob(tx, { _id, kind, initiator, who: authority, ...people, task, progress, types }, transferWork);
}

const outcomeOf = ({ item, outcome }: Unmatched) => ({ type: item.type, outcome });

/** Ids that cannot be moved are stored in parts of their own, which are done from the start. */
function storeUnmatched(
  tx: Transaction,
  { _id, first }: { readonly _id: string; readonly first: number },
  unmatched: readonly Unmatched[],
): void {
  const exceptions = new Map(unmatched.map(({ item: { id }, outcome, reason }) => [id, { id, outcome, reason }]));
  for (const [i, part] of inParts(
    tx,
    unmatched.map(({ item }) => item),
  ).entries()) {
    const place = { job: _id, number: first + i };
    storePart(tx, place, part);
    storeOutcome(
      tx,
      { ...place, offset: 0 },
      part.flatMap(({ id }) => exceptions.get(id) ?? []),
    );
  }
}

/** Refuses a transfer of types of which the receiver can own none. @throws owner_kind_not_allowed */
function assertSomeMayOwn({ types }: Selection, to: Party): void {
  if (types === undefined || types.some((type) => rulesOf(type).owners.kinds.includes(to.kind))) return;
  throw refuse('owner_kind_not_allowed', `A ${to.kind} cannot own a resource of type ${types.join(' or ')}`);
}

/** All moves that a transfer of these items would make, batch by batch. */
export async function* movesOf(
  tx: Transaction,
  wanted: Transfer,
  { items, unmatched = [] }: { readonly items: readonly Item[]; readonly unmatched?: readonly Unmatched[] },
): AsyncGenerator<readonly Move[]> {
  const transfer = await effectiveTransfer(tx.untracked, wanted);
  const claimed = new Set<string>();
  for (const part of inParts(tx, items)) {
    for (let done = 0; done < part.length; ) {
      const batch = await moves(tx, part.slice(done), { ...transfer, now: tx.now, claimed });
      yield batch;
      done += batch.length;
    }
  }
  if (unmatched.length > 0) yield unmatched;
}

/** A step of a transfer moves one part, or as much of it as fits into one transaction. */
export const transferWork: JobWork = {
  step: async (tx, job, authority) => {
    assertAllRights(authority);
    const present = job.progress as PartProgress;
    if (present.next === present.parts) return { state: 'done' };
    const { progress, types } = await movePart<PartProgress>(tx, job);
    return { progress, types, ...(progress.next === progress.parts ? { state: 'done' } : {}) };
  },
};

/** The most bytes of grants in all documents of one batch, which the database rewrites. */
const MAX_REWRITTEN_BYTES = 32_000_000;

/** Moves the next part of a job, or as much of it as fits into one transaction. @throws recipient_unfit */
export async function movePart<P extends PartProgress>(
  tx: Transaction,
  job: Job,
): Promise<{ readonly progress: P; readonly types: readonly TypeCount[] }> {
  const task = job.task as TransferTask;
  const { next: number, offset = 0, ...others } = job.progress as P;
  const to = await partyById(tx, task.to);
  assertReceives(to);
  const part = await tx.get(jobParts, partId(job._id, number));
  if (part === null) throw new Error(`the part ${number} of the job ${job._id} is missing`);
  const items = itemsOf(part);
  const transfer = await effectiveTransfer(tx, { ...task, to });
  const batch = await moves(tx, await firstFew(tx, forThisAttempt(tx, items.slice(offset))), {
    ...transfer,
    now: tx.now,
  });
  const upTo = offset + batch.length;
  const isLast = upTo === items.length;
  const types = await apply(tx, job, { number, offset, ...(isLast ? {} : { upTo }), moves: batch });
  const moved = isLast ? { ...others, next: number + 1 } : { ...others, next: number, offset: upTo };
  return { progress: moved as unknown as P, types };
}

/** The first of these items, whose grants take at most {@link MAX_REWRITTEN_BYTES}; at least one. */
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
