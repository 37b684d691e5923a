import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { Actor } from '../../identity/actor.ts';
import { livingUser } from '../../identity/changing.ts';
import { isConfigured } from '../../identity/configuredAdmins.ts';
import { close, disableUser } from '../../identity/directory.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import { ACCOUNTS } from '../../identity/nameRules.ts';
import { type Party, partyById } from '../../identity/party.ts';
import { type Principal, principals } from '../../identity/principal.ts';
import { one, resolveToGive } from '../../identity/resolver.ts';
import { type AdminRules, advanceEpoch, assertAdminRemains, forgetOnRoster, rosterIn } from '../../identity/roster.ts';
import { newJobId } from '../../jobs/begin.ts';
import { countsOf, type Job, jobs, NOTHING_DONE, type TypeCount } from '../../jobs/job.ts';
import { type Item, inParts, itemsOf, jobParts, outcomesOf, partId, storePart } from '../../jobs/parts.ts';
import type { JobWork } from '../../jobs/runner.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { PreviousOwner } from '../access/changeOwners.ts';
import { type JobStart, movePart, movesOf, type PartProgress, type TransferTask } from './changeOwner.ts';
import { type Effect, type Page, planMoves } from './planMoves.ts';
import { selected } from './selection.ts';
import { assertModulesCanGo, traceKinds } from './traces.ts';

export interface Offboard {
  readonly user: string;
  readonly to: string;
  readonly previousOwner?: PreviousOwner;
  readonly page?: Page;
}

interface OffboardStart extends JobStart {
  readonly rules: AdminRules;
  readonly actor: Actor;
}

interface OffboardProgress extends PartProgress {
  /** Whether items that an earlier pass left are being moved again. */
  readonly again: boolean;
}

/** By then, every instance has learnt that the user is disabled and can be given nothing. */
const SETTLED_MS = 1_500;

/**
 * Begins to off-board a user. Their account is disabled at once. Then everything that they own moves to the receiver,
 * all that names them is removed, and the account is closed.
 *
 * @throws user_null, user_unknown, account_is_closed, protected_admin, exceeds_own_rights, last_admin, recipient_unfit,
 *   same_owner, invalid_params, last_module_owner, too_many_resources
 */
export async function offboard(
  tx: Transaction,
  { rules, actor, initiator, authority, planned }: OffboardStart,
  { user, to, previousOwner = 'drop', page }: Offboard,
): Promise<Job> {
  if (previousOwner !== 'drop') {
    throw refuse('invalid_params', 'previousOwner can only be drop: a closed account keeps nothing');
  }
  assertAllRights(authority);
  const departing = await livingUser(tx, user);
  const receiver = await one(resolveToGive(tx, [to], ACCOUNTS));
  if (receiver.id === departing._id) throw refuse('same_owner', receiver.wire);
  if (departing._id === actor.principal._id)
    throw refuse('invalid_params', 'administrators cannot off-board themselves');
  await assertModulesCanGo(tx, departing._id, receiver);
  const { items } = await selected(tx, departing._id, {});
  const types = countsOf(items);
  const task: TransferTask = { from: departing._id, to: receiver.id, previousOwner };
  if (planned) {
    const what = { offboard: departing._id, revision: departing.revision, to: [receiver.id, receiver.wire] };
    const batches = movesOf(tx, { ...task, to: receiver }, { items });
    const effects = effectsOn(tx, departing, receiver);
    await planMoves(tx, { what, batches, types, ...defined({ page }), effects });
  }
  await disableUser(tx, { rules, actor }, user);
  const _id = newJobId();
  storeParts(tx, { _id, first: 0 }, items);
  return tx.insert(jobs, {
    _id,
    kind: 'offboard',
    state: 'running',
    initiator,
    from: { id: departing._id, name: departing.username },
    to: { id: receiver.id, name: receiver.wire },
    task,
    progress: { parts: inParts(tx, items).length, next: 0, again: false } satisfies OffboardProgress,
    types,
    createdAt: tx.now,
  });
}

/** The effects other than moving what the user owns, in order. */
async function* effectsOn(tx: Transaction, user: Principal, receiver: Party): AsyncGenerator<Effect> {
  const { _id: id, username: name, revision } = user;
  yield { of: [id, revision], would: `Would disable the account ${name} at once` };
  yield { of: [id], would: `Would give everything that ${name} owns to ${receiver.wire}` };
  const nameOf = async (principal: string) => (await partyById(tx.untracked, principal)).wire;
  for (const trace of traceKinds) yield* trace.preview(tx, { id, name, successor: receiver.wire, nameOf });
  const { admins } = await rosterIn(tx);
  if (admins.some(({ principal }) => principal === id)) {
    yield { of: [id], would: `Would take the rights of an administrator from ${name}` };
  }
  yield { of: [id], would: `Would close the account ${name}` };
}

interface NewParts {
  readonly _id: string;
  readonly first: number;
}

function storeParts(tx: Transaction, { _id, first }: NewParts, items: readonly Item[]): void {
  for (const [i, part] of inParts(tx, items).entries()) storePart(tx, { job: _id, number: first + i }, part);
}

/** First moves what the user owns; then each step removes traces of one kind. */
export const offboardWork = (rules: AdminRules): JobWork => ({
  step: async (tx, job, authority) => {
    assertAllRights(authority);
    const progress = job.progress as OffboardProgress;
    const task = job.task as TransferTask;
    if (progress.next < progress.parts) return movePart<OffboardProgress>(tx, job);
    const { items: left } = await selected(tx, task.from, {});
    if (left.length > 0) return progress.again ? stuck(job, progress, left) : retryLeft(tx, job, left);
    for (const trace of traceKinds) {
      if (!(await trace.present(tx, task.from))) continue;
      await trace.clean(tx, task.from, task.to);
      return {};
    }
    const early = SETTLED_MS - (tx.now.getTime() - job.createdAt.getTime());
    if (early > 0) return { waitMs: early };
    await closeAccount(tx, rules, task.from);
    return { state: 'done' };
  },
});

/** Tries again to move what could not be moved or was given to the user meanwhile. */
async function retryLeft(tx: Transaction, job: Job, left: readonly Item[]) {
  const progress = job.progress as OffboardProgress;
  storeParts(tx, { _id: job._id, first: progress.parts }, left);
  const parts = progress.parts + inParts(tx, left).length;
  return {
    progress: { ...progress, parts, again: true },
    types: await recounted(tx, job, left),
    retries: [...(job.retries ?? []), progress.parts],
  };
}

function stuck({ from, task }: Job, progress: OffboardProgress, left: readonly Item[]) {
  const { reason, message } = refuse('items_left', left.length, from?.name ?? (task as TransferTask).from);
  return { state: 'failed' as const, error: { reason, message }, progress: { ...progress, again: false } };
}

/** The counts without the earlier outcomes of these items, so that each counts once. */
async function recounted(reader: Reader, { _id, types, progress }: Job, left: readonly Item[]): Promise<TypeCount[]> {
  const before = await exceptionsOf(reader, _id, (progress as OffboardProgress).parts);
  const counts = new Map(types.map((count) => [count.type, { ...count }]));
  for (const { id, type } of left) {
    const count = counts.get(type) ?? { type, total: 0, ...NOTHING_DONE };
    counts.set(type, count);
    const outcome = before.get(id);
    if (outcome === undefined) count.total += 1;
    else count[outcome] -= 1;
  }
  return [...counts.values()];
}

/** The last outcome of each item that was not moved, by its id. */
async function exceptionsOf(reader: Reader, job: string, parts: number): Promise<Map<string, 'failed' | 'skipped'>> {
  const found = new Map<string, 'failed' | 'skipped'>();
  for (let number = 0; number < parts; number += 1) {
    const part = await reader.get(jobParts, partId(job, number));
    if (part === null) continue;
    const { exceptions } = await outcomesOf(reader, job, number);
    for (const { id } of itemsOf(part)) {
      const outcome = exceptions.get(id)?.outcome;
      if (outcome === undefined) found.delete(id);
      else found.set(id, outcome);
    }
  }
  return found;
}

/** @throws protected_admin, last_admin */
async function closeAccount(tx: Transaction, rules: AdminRules, id: string): Promise<void> {
  const user = await tx.get(principals, id);
  if (user === null || !user.living) return;
  const roster = await rosterIn(tx);
  if (rules.tokenRoles === undefined && isConfigured(rules, roster, user)) {
    throw refuse('protected_admin', user.username);
  }
  await forgetOnRoster(tx, roster, id);
  await close(tx, user);
  await advanceEpoch(tx);
  await assertAdminRemains(tx, rules);
}
