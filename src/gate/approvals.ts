import { effectOf } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import { refuse, StewardError } from '../base/errors.ts';
import {
  countingApprovals,
  excludedFrom,
  isTimely,
  type Judging,
  missingFrom,
  unfitness,
} from '../domain/approvals/approvers.ts';
import { assertOpen } from '../domain/approvals/decide.ts';
import { type ApprovalRequest, approvalRequests, KEPT_MS, type Quorum, titleOf } from '../domain/approvals/request.ts';
import { adminListing, isCurrent } from '../identity/admins.ts';
import { ACCOUNTS } from '../identity/nameRules.ts';
import { idsAmong, wireName } from '../identity/principal.ts';
import { qualifiedNow, type StoredCaller, storedCaller } from '../identity/qualified.ts';
import { resolveEachToShow } from '../identity/resolver.ts';
import type { Roster } from '../identity/roster.ts';
import type { Reader } from '../store/collection.ts';
import { timeOrderedId } from '../store/ids.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import { callDigest, rosterFrom, stillAllowed } from './approvalCounting.ts';
import type { View } from './authorise.ts';
import type { CallContext, Caller, Validated } from './callContext.ts';
import { AlreadyRecorded, type CheckedCall, confirm } from './decision.ts';
import type { GateParts } from './parts.ts';
import { type Plan, type Preview, previewIn } from './plan.ts';
import { added, NO_REQUIREMENTS } from './policy/requirements.ts';
import { draftOf, type Ending, paramsOf } from './records.ts';
import { changedSince, shownChanges } from './shownChanges.ts';
import { useTicket } from './tickets.ts';

/** How many requests one user may have open. */
const MAX_OPEN = 20;
/** How many administrators are told about one request. */
const MAX_TOLD = 100;

/** Carries the call out as a dry run. */
export type PreviewCall = (call: CheckedCall) => Promise<Preview>;

/**
 * Step 8 for approvals, before the command runs. A call that needs approval and names no request leaves one.
 *
 * @throws approval_needed, approval_requests_full, approval_impossible, and as {@link useApproval}
 */
export async function assertApproved(parts: GateParts, call: CheckedCall, preview: PreviewCall): Promise<void> {
  const { context, command, validated } = call;
  const { approval, dryRun } = validated.options;
  if (dryRun) return;
  if (approval !== undefined) {
    const { database } = parts;
    const get: Reader['get'] = (from, id) => database.get(from, id);
    await approvedNow(parts, call, { get, lists: database });
    return;
  }
  const [first] = quorumsOf(context);
  if (first === undefined) return;
  if (command.delegated && parts.typeService !== undefined) {
    throw refuse('approval_impossible', command.name, first.rule);
  }
  await askForApproval(parts, call, await preview(call));
}

/** What the policy requires of this call. */
function quorumsOf({ requirements, glass }: CallContext): readonly Quorum[] {
  return glass !== undefined ? [] : requirements.approvals;
}

/**
 * Step 8 for approvals, inside the transaction: everything is judged again, and the commit fails if what it rests on
 * changes meanwhile.
 *
 * @throws approval_unknown, approval_state, approval_differs, approval_incomplete
 */
export async function useApproval(parts: GateParts, call: CheckedCall, tx: Transaction): Promise<void> {
  const { context, validated } = call;
  const { approval, dryRun } = validated.options;
  if (dryRun) return;
  if (approval === undefined) {
    // The policy has changed since the first check: the repeated call leaves a request.
    if (quorumsOf(context).length > 0) throw refuse('conflict_busy');
    return;
  }
  context.approved = await approvedNow(parts, call, { get: (from, id) => tx.rely(from, id), lists: tx.untracked, tx });
}

/**
 * After the run: the approval holds only for the effect that was approved, and is used up together with it.
 *
 * @throws plan_stale with what has changed
 */
export async function settleApproval(parts: GateParts, { context, preview }: Settling, tx: Transaction): Promise<void> {
  const { approved } = context;
  if (approved === undefined) return;
  const { request } = approved;
  const { plan, effect } = preview ?? (await previewIn(parts.auditKey, context, tx));
  if (plan.plan !== request.plan && effect !== request.effect) {
    const shown = await shownChanges(plan.changes);
    throw refuse('plan_stale', changedSince(request, shown));
  }
  await tx.update(approvalRequests, request, { ...request, state: 'used' });
}

interface Settling {
  readonly context: CallContext;
  /** For a read, whose effect is none. */
  readonly preview?: Preview;
}

/**
 * Stores the record of a read that needed approval, and uses the approval up with it, and the ticket if one is required;
 * before the answer leaves.
 */
export async function recordApprovedRead(parts: GateParts, call: CheckedCall, { ending, preview }: ApprovedRead) {
  const { database, journal, auditKey, now } = parts;
  const { context } = call;
  // With those of budgets, of which the decision in the transaction does not know.
  const { tickets } = context.requirements;
  return transact(database, { now }, async (tx) => {
    tx.nameIn(context.named);
    await confirm(parts, call, tx);
    await useApproval(parts, call, tx);
    await settleApproval(parts, { context, preview }, tx);
    const requirements = added(context.requirements, { ...NO_REQUIREMENTS, tickets });
    if (context.glass === undefined) await useTicket(parts, { ...call, context: { ...context, requirements } }, tx);
    return journal.appendIn(tx, draftOf(context, auditKey, { ...ending, ...effectOf(tx) }));
  });
}

interface ApprovedRead {
  readonly ending: Ending;
  readonly preview: Preview;
}

/** Where the request and its approvers are read. */
type Found = Pick<Judging, 'get' | 'lists'> & Pick<View, 'tx'>;

/** The request that the call names, if it may be used now. */
async function approvedNow(parts: GateParts, call: CheckedCall, { get, lists, tx }: Found) {
  const { context, validated } = call;
  const id = validated.options.approval ?? '';
  const now = parts.now();
  const request = await get(approvalRequests, id);
  if (request === null || !isOf(request.requester, context.caller)) throw refuse('approval_unknown', id);
  assertOpen(request, { now, verb: 'run' });
  assertSameCall(parts, call, request);
  const roster = await rosterFrom(get);
  const judging = {
    get,
    lists,
    namesOf: parts.dependencies.policyNamesOf,
    basis: { rules: parts.dependencies.rules, roster, now },
  };
  const quorums = quorumsOf(context);
  const counting = await stillAllowed(parts, request, {
    counting: await countingApprovals(judging, request, quorums),
    view: { roster, reader: lists, ...(tx && { tx }) },
  });
  const missing = missingFrom(quorums, counting);
  if (missing !== undefined) {
    throw refuse('approval_incomplete', id, missing.given, missing.count, missing.rule);
  }
  const approvers = counting.flatMap(({ approval: { by } }) => (by.service ? [by.person, by.service] : [by.person]));
  return { request, approvers };
}

/** Whether the caller is exactly who made the request: the person, and the service through which they did. */
function isOf({ person, service }: StoredCaller, { principal, delegate }: Caller): boolean {
  return person.id === principal._id && service?.id === delegate?.principal._id;
}

/** @throws approval_differs */
function assertSameCall({ auditKey }: GateParts, call: CheckedCall, request: ApprovalRequest): void {
  const { context, command, validated } = call;
  const differs = (what: string) => refuse('approval_differs', request._id, what);
  if (request.command !== command.name) throw differs('the command');
  if ((request.user ?? null) !== (context.decoded?.user ?? null)) throw differs('the user');
  if ((request.reason ?? null) !== (validated.options.reason ?? null)) throw differs('the reason');
  if (request.call !== callDigest(auditKey, call)) throw differs('something in the parameters');
}

/** Stores a request for approval of this call with its record, unless there is an open one for the same call and effect. */
async function askForApproval(parts: GateParts, call: CheckedCall, preview: Preview): Promise<never> {
  const { database, journal, auditKey, now, committed } = parts;
  const { context, validated } = call;
  // A budget requires something that the policy alone does not.
  const required = quorumsOf(context);
  const made = await transact(database, { now }, async (tx) => {
    tx.nameIn(context.named);
    const confirmed = await confirm(parts, call, tx);
    const quorums = [...quorumsOf(context), ...required].filter(isFirstOfItsRule);
    const [present] = await tx.untracked.find(approvalRequests, { call: callDigest(auditKey, call), state: 'open' });
    if (present !== undefined && present.effect === preview.effect && isTimely(present, tx.now)) {
      return { request: present, changes: undefined };
    }
    if (present !== undefined) await tx.update(approvalRequests, present, { ...present, state: 'stale' });
    await assertRoom(tx, context.caller);
    const request = await tx.insert(approvalRequests, await newRequest(parts, call, { tx, preview, quorums }));
    await tellApprovers(parts, tx, { request: { ...request, revision: 1 }, roster: confirmed.known.roster });
    const ending = { at: tx.now, outcome: 'denied', error: 'approval_needed', ...effectOf(tx) } as const;
    await journal.appendIn(tx, draftOf({ ...context, validated }, auditKey, ending));
    return { request, changes: tx.changes };
  });
  const error = await neededError(parts, made.request);
  if (made.changes === undefined) throw error;
  committed(made.changes);
  throw new AlreadyRecorded(error);
}

/** The error for a call that needs approval, with how far its request has got. */
async function neededError(
  { database, dependencies: { rules, policyNamesOf: namesOf }, now }: GateParts,
  request: ApprovalRequest,
) {
  const get: Reader['get'] = (from, id) => database.get(from, id);
  const basis = { rules, roster: await rosterFrom(get), now: now() };
  const { quorums } = request;
  const missing = missingFrom(
    quorums,
    await countingApprovals({ get, lists: database, namesOf, basis }, request, quorums),
  );
  const until = request.expiresAt.toISOString();
  const status =
    missing === undefined
      ? `is approved and can be run until ${until}`
      : `has ${missing.given} of ${missing.count} approvals, and expires at ${until}`;
  return refuse('approval_needed', request.command, (missing ?? quorums[0])?.rule ?? '', request._id, status);
}

const isFirstOfItsRule = ({ rule }: Quorum, i: number, all: readonly Quorum[]) =>
  all.findIndex((other) => other.rule === rule) === i;

async function assertRoom(tx: Transaction, { principal }: Caller): Promise<void> {
  const open = { state: 'open', 'requester.person.id': { $eq: principal._id }, expiresAt: { $gt: tx.now } };
  if ((await tx.untracked.count(approvalRequests, open, MAX_OPEN)) < MAX_OPEN) return;
  throw refuse('approval_requests_full', wireName(principal), MAX_OPEN);
}

interface NewRequest {
  readonly tx: Transaction;
  readonly preview: Preview;
  readonly quorums: readonly Quorum[];
}

async function newRequest(parts: GateParts, call: CheckedCall, { tx, preview, quorums }: NewRequest) {
  const { context, command, validated } = call;
  const { decoded, caller, roles, origin } = context;
  const { options } = validated;
  const { text, runnable } = storedParams(parts, call);
  if (options.runWhenApproved && !runnable) {
    const why = 'its parameters have secrets or content, which are not stored, or are too long';
    throw refuse('option_invalid', `runWhenApproved is not for this call: ${why}`);
  }
  const about = await aboutOf(tx.untracked, context, validated);
  const shown = await shownChanges(preview.plan.changes);
  const expiresAt = new Date(tx.now.getTime() + parts.approvalHours * 3_600_000);
  const actor = { principal: caller.principal, ...defined({ delegate: caller.delegate?.principal }) };
  const requester = storedCaller(actor, {
    ...defined({ roles, serviceRoles: caller.delegate?.roles }),
    address: origin.address,
  });
  const accounts = [requester.person.id, ...(requester.service === undefined ? [] : [requester.service.id]), ...about];
  return {
    ...defined({ _id: timeOrderedId(), user: decoded?.user, module: decoded?.module, reason: options.reason }),
    ...{ state: 'open' as const, requester, command: command.name, params: text, runnable, about },
    ...{ call: callDigest(parts.auditKey, call), plan: preview.plan.plan, effect: preview.effect },
    ...{ changes: shown.text, moreChanges: shown.more, quorums: quorums.map(asStored), approvals: [] },
    ...(options.runWhenApproved ? { runsItself: true as const } : {}),
    ...{ requestedAt: tx.now, expiresAt, purgeAt: new Date(expiresAt.getTime() + KEPT_MS) },
    deciders: [],
    names: [...new Set([...accounts, ...(await namedIn(tx.untracked, shown.text, text))])],
  };
}

const asStored = ({ rule, count, by }: Quorum): Quorum => defined({ rule, count, by });

/** The parameters as they may be stored, and whether they are what was sent. */
function storedParams({ auditKey, now }: GateParts, { context, validated }: CheckedCall) {
  const { params, paramsDigest } = paramsOf({ ...context, validated }, auditKey, { at: now(), outcome: 'denied' });
  const sent = JSON.stringify(validated.params ?? {});
  // The record also has the target.
  const { user: _, ...kept } = (params ?? {}) as Readonly<Record<string, unknown>>;
  const withUser = context.command?.user === 'target' ? kept : params;
  const text = params === undefined ? JSON.stringify({ digest: paramsDigest }) : JSON.stringify(withUser);
  return { text, runnable: text === sent };
}

/** The users acted as, or that the command is about. */
async function aboutOf(reader: Reader, { decoded, command }: CallContext, { subject }: Validated): Promise<string[]> {
  if (subject !== undefined) return [subject._id];
  if (command?.user !== 'target' || typeof decoded?.user !== 'string') return [];
  const found = await resolveEachToShow(reader, [decoded.user], { ...ACCOUNTS, missing: 'leaveOut' });
  return [...found.values()].map(({ id }) => id);
}

const MAX_NAMES = 1_000;

/** The ids of the users whom these JSON texts name, by id or by name, so that off-boarding finds them. */
async function namedIn(reader: Reader, ...texts: readonly string[]): Promise<string[]> {
  const strings = new Set<string>();
  for (const text of texts) {
    JSON.parse(text, (key, value: unknown) => {
      for (const name of [key, value]) if (typeof name === 'string' && name.length <= 300) strings.add(name);
      return value;
    });
  }
  return idsAmong(reader, [...strings].slice(0, MAX_NAMES));
}

/** Tells the administrators who may decide about a request. */
async function tellApprovers(
  { dependencies: { rules, policyNamesOf: namesOf }, now }: GateParts,
  tx: Transaction,
  { request, roster }: { readonly request: ApprovalRequest; readonly roster: Roster },
): Promise<void> {
  // With roles from tokens it is not known who the administrators are.
  if (rules.tokenRoles !== undefined) return;
  const get: Reader['get'] = (from, id) => tx.peek(from, id);
  const basis = { rules, roster, now: now() };
  const excluded = await excludedFrom(get, request);
  const { requester, quorums, reason, expiresAt } = request;
  const why = reason === undefined ? '' : ` (${reason})`;
  const text =
    `${requester.person.name} asks for approval of ${titleOf(request)}${why}: ` +
    `approve or deny the request ${request._id} until ${expiresAt.toISOString()}`;
  const admins = (await adminListing(tx.untracked, rules, roster)).filter((admin) => isCurrent(admin, tx.now));
  for (const { id, user: name } of admins.slice(0, MAX_TOLD)) {
    if (id === undefined) continue;
    const caller = { person: { id, name }, roles: [], address: '' };
    const admin = await qualifiedNow({ get, lists: tx.untracked, namesOf }, { caller, basis });
    if (admin === undefined || admin.person.state !== 'active') continue;
    if (unfitness(rules, admin, { quorums, excluded }) !== undefined) continue;
    tx.notify({ to: id, about: 'approvalRequested', text });
  }
}

/**
 * The record of a call that failed because its effect is no longer the approved one. The request cannot be used any more,
 * even if the data later become what they were.
 *
 * @returns whether the failure is recorded
 */
export async function recordStale(parts: GateParts, context: CallContext, error: unknown): Promise<boolean> {
  const id = context.approved?.request._id;
  if (id === undefined || !(error instanceof StewardError) || error.reason !== 'plan_stale') return false;
  const { database, journal, auditKey, now } = parts;
  return transact(database, { now }, async (tx) => {
    tx.nameIn(context.named);
    const request = await tx.peek(approvalRequests, id);
    if (request === null || request.state !== 'open') return false;
    const { reason, message } = error;
    await tx.update(approvalRequests, request, { ...request, state: 'stale', error: { reason, message } });
    await journal.appendIn(
      tx,
      draftOf(context, auditKey, { at: tx.now, outcome: 'failed', error: reason, ...effectOf(tx) }),
    );
    return true;
  });
}

/** The plan of a read, as a dry run finds it. */
export const previewOfRead = (plan: Plan): Preview => ({ plan, effect: plan.plan });
