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
import { type AdminRules, assertAdminRemains, dropFromRoster, rosterIn, withdrawn } from '../../identity/roster.ts';
import { newJobId } from '../../jobs/begin.ts';
import { countsOf, type Job, jobs, NOTHING_DONE, type TypeCount } from '../../jobs/job.ts';
import { type Item, inParts, itemsOf, jobParts, keepPart, outcomesOf, partId } from '../../jobs/parts.ts';
import type { JobWork } from '../../jobs/runner.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { PreviousOwner } from '../access/changeOwners.ts';
import { type Beginning, movePart, movesOf, type PartProgress, type TransferTask } from './changeOwner.ts';
import { type Effect, foreseeMoves, type Page } from './foresight.ts';
import { assertModulesCanGo, leavings } from './leavings.ts';
import { selected } from './selection.ts';

export interface Offboard {
  readonly user: string;
  readonly to: string;
  readonly previousOwner?: PreviousOwner;
  readonly page?: Page;
}

interface OffboardProgress extends PartProgress {
  /** Set while what an earlier pass left is taken once more. */
  readonly again: boolean;
}

/** Whoever knew the user as one who may be given something has learnt by then that it is disabled. */
const SETTLED_MS = 1_500;

/**
 * Begins to see a user off: it is cut off at once; then all it owned moves, modules of types at last, what it was
 * given is withdrawn, its roles, friends and rights go, and its account is closed, when nothing names it any more.
 *
 * @throws user_null, user_unknown, account_is_closed, protected_admin, exceeds_own_rights, last_admin, recipient_unfit,
 *   same_owner, invalid_params, last_module_owner, too_many_resources
 */
export async function offboard(
  tx: Transaction,
  rules: AdminRules,
  actor: Actor,
  { initiator, who, planned }: Beginning,
  { user, to, previousOwner = 'drop', page }: Offboard,
): Promise<Job> {
  if (previousOwner !== 'drop') {
    throw refuse('invalid_params', 'previousOwner can only be drop: a closed account keeps nothing');
  }
  assertAllRights(who);
  const leaver = await livingUser(tx, user);
  const receiver = await one(resolveToGive(tx, [to], ACCOUNTS));
  if (receiver.id === leaver._id) throw refuse('same_owner', receiver.wire);
  if (leaver._id === actor.principal._id) throw refuse('invalid_params', 'nobody can see oneself off');
  await assertModulesCanGo(tx, leaver._id, receiver);
  const { items } = await selected(tx, leaver._id, {});
  const types = countsOf(items);
  const task: TransferTask = { from: leaver._id, to: receiver.id, previousOwner };
  if (planned) {
    const what = { offboard: leaver._id, revision: leaver.revision, to: [receiver.id, receiver.wire] };
    await foreseeMoves(tx, what, movesOf(tx, items, task, receiver), types, page, effectsOn(tx, leaver, receiver));
  }
  await disableUser(tx, { rules, actor }, user);
  const _id = newJobId();
  keepParts(tx, _id, 0, items);
  return tx.insert(jobs, {
    _id,
    kind: 'offboard',
    state: 'running',
    initiator,
    from: { id: leaver._id, name: leaver.username },
    to: { id: receiver.id, name: receiver.wire },
    task,
    progress: { parts: inParts(items).length, next: 0, again: false } satisfies OffboardProgress,
    types,
    createdAt: tx.now,
  });
}

/** Everything that is done beside moving what the leaver owns, in the order in which it is done. */
async function* effectsOn(tx: Transaction, leaver: Principal, receiver: Party): AsyncGenerator<Effect> {
  const { _id: id, username: name, revision } = leaver;
  yield { of: [id, revision], would: `Would disable the account ${name} at once` };
  yield { of: [id], would: `Would give everything that ${name} owns to ${receiver.wire}` };
  const nameOf = async (principal: string) => (await partyById(tx.aside, principal)).wire;
  for (const leaving of leavings) yield* leaving.foresee(tx, { id, name, heir: receiver.wire, nameOf });
  const { admins } = await rosterIn(tx);
  if (admins.some(({ principal }) => principal === id)) {
    yield { of: [id], would: `Would take the right of an administrator from ${name}` };
  }
  yield { of: [id], would: `Would close the account ${name}` };
}

function keepParts(tx: Transaction, job: string, first: number, items: readonly Item[]): void {
  for (const [i, part] of inParts(items).entries()) keepPart(tx, job, first + i, part);
}

/** What is owned moves first; then each step takes away some of the first kind of trace that is left. */
export const offboardWork = (rules: AdminRules): JobWork => ({
  step: async (tx, job, who) => {
    assertAllRights(who);
    const progress = job.progress as OffboardProgress;
    const task = job.task as TransferTask;
    if (progress.next < progress.parts) {
      return movePart(tx, job, task, progress);
    }
    const { items: left } = await selected(tx, task.from, {});
    if (left.length > 0) return progress.again ? stuck(job, progress, left) : takeAgain(tx, job, progress, left);
    for (const leaving of leavings) {
      if (!(await leaving.present(tx, task.from))) continue;
      await leaving.clean(tx, task.from, task.to);
      return {};
    }
    const early = SETTLED_MS - (tx.now.getTime() - job.createdAt.getTime());
    if (early > 0) return { waitMs: early };
    await closeAccount(tx, rules, task.from);
    return { state: 'done' };
  },
});

/** What could not be moved, or came meanwhile, once more. */
async function takeAgain(tx: Transaction, job: Job, progress: OffboardProgress, left: readonly Item[]) {
  keepParts(tx, job._id, progress.parts, left);
  const parts = progress.parts + inParts(left).length;
  return {
    progress: { ...progress, parts, again: true },
    types: await recounted(tx, job, progress.parts, left),
    retries: [...(job.retries ?? []), progress.parts],
  };
}

function stuck({ from, task }: Job, progress: OffboardProgress, left: readonly Item[]) {
  const { reason, message } = refuse('items_left', left.length, from?.name ?? (task as TransferTask).from);
  return { state: 'failed' as const, error: { reason, message }, progress: { ...progress, again: false } };
}

/** The counts without what came of these items before, so that each of them counts once; what was moved stays moved. */
async function recounted(
  reader: Reader,
  { _id, types }: Job,
  parts: number,
  left: readonly Item[],
): Promise<TypeCount[]> {
  const before = await exceptionsOf(reader, _id, parts);
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

/** What became last of each item that was not moved, by its id. */
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
  await dropFromRoster(tx, roster, id);
  await close(tx, user);
  await withdrawn(tx);
  await assertAdminRemains(tx, rules);
}
