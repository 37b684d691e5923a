import { randomUUID } from 'node:crypto';
import { effectOf } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import { type Reason, refuse, StewardError } from '../base/errors.ts';
import { countingApprovals, isTimely, missingFrom } from '../domain/approvals/approvers.ts';
import { end, tellRequester } from '../domain/approvals/decide.ts';
import { type ApprovalRequest, approvalRequests } from '../domain/approvals/request.ts';
import { closeOverdue } from '../identity/breakGlass.ts';
import { principals, wireName } from '../identity/principal.ts';
import { emptyRoster, ROSTER_ID, rosters } from '../identity/roster.ts';
import { STEWARD } from '../identity/serviceNames.ts';
import type { Reader } from '../store/collection.ts';
import { isUnavailable } from '../store/database.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Caller } from './callContext.ts';
import type { GateParts } from './parts.ts';
import { pass } from './pipeline.ts';

/** How many requests one turn takes. */
const AT_ONCE = 100;

/**
 * The background work of approvals: runs approved calls that are to run by themselves, and marks what has expired. Each step
 * is one transaction, so that it is done once, on whichever instance and however often it is interrupted.
 */
export async function tendApprovals(parts: GateParts, signal: AbortSignal): Promise<void> {
  const { database, now } = parts;
  await expire(parts);
  const waiting = await database.find(approvalRequests, { runsItself: true }, { sort: { _id: 1 }, limit: AT_ONCE });
  for (const request of waiting) {
    if (signal.aborted) return;
    if (request.state !== 'open') await tellOutcome(parts, request);
    else if (isTimely(request, now()) && (await isApproved(parts, request))) await runByItself(parts, request);
  }
}

async function isApproved({ database, dependencies, now }: GateParts, request: ApprovalRequest) {
  const get: Reader['get'] = (from, id) => database.get(from, id);
  const roster = (await database.get(rosters, ROSTER_ID)) ?? emptyRoster();
  const { rules, policyNamesOf: namesOf } = dependencies;
  const basis = { rules, roster, now: now() };
  const counting = await countingApprovals({ get, lists: database, namesOf, basis }, request, request.quorums);
  return missingFrom(request.quorums, counting) === undefined;
}

/** Runs the call with the rights that its requester has now. Only what passes by itself leaves the request open. */
async function runByItself(parts: GateParts, request: ApprovalRequest): Promise<void> {
  const { _id: approval, command, user, module, params, reason } = request;
  const object = { command, ...defined({ user, module, reason }), params: JSON.parse(params), approval };
  try {
    const caller = await callerOf(parts, request);
    const origin = {
      ...{ requestId: randomUUID(), authorization: undefined },
      ...{ address: request.requester.address, socketAddress: request.requester.address },
    };
    await pass(parts, { caller, object, origin });
  } catch (error) {
    if (isPassing(error)) throw error;
    const { reason: why, message } = error instanceof StewardError ? error : refuse('internal', approval);
    await changed(parts, approval, async (tx, present) => {
      if (present.state !== 'open') return;
      await tx.update(approvalRequests, present, { ...present, state: 'failed', error: { reason: why, message } });
    });
    if (!(error instanceof StewardError)) throw error;
  }
  const after = await parts.database.get(approvalRequests, approval);
  if (after !== null && after.state !== 'open') await tellOutcome(parts, after);
}

/** The requester as a caller; `pass` judges their rights. Their token is not there to be checked any more. */
async function callerOf({ database, rights }: GateParts, { requester }: ApprovalRequest): Promise<Caller> {
  const { roster, at } = await rights.known();
  const { person, service, roles, serviceRoles = [] } = requester;
  const principal = await database.get(principals, person.id);
  const through = service === undefined ? undefined : await database.get(principals, service.id);
  if (principal === null) throw refuse('not_admin', person.name);
  if (through === null) throw refuse('delegation_refused', service?.name ?? '', person.name);
  const delegate = through && { principal: through, roles: serviceRoles };
  return {
    ...defined({ principal, delegate }),
    ...{ id: principal._id, name: wireName(principal), epoch: roster.epoch, at },
    confirm: async () => undefined,
    roles: async () => roles,
    identities: async () => [],
  };
}

async function tellOutcome(parts: GateParts, { _id }: ApprovalRequest): Promise<void> {
  await changed(parts, _id, async (tx, present) => {
    if (present.runsItself === undefined || present.state === 'open') return;
    tellRequester(tx, present, outcomeOf(present));
    await end(tx, present, { state: present.state });
  });
}

const outcomeOf = ({ state, error }: ApprovalRequest) =>
  state === 'used' ? 'was approved and has run' : `was not run: ${error?.message ?? `it is ${state}`}`;

/** Requests and uses of break-glass that are over stay so, whatever a clock says later. */
async function expire(parts: GateParts): Promise<void> {
  const { database, now } = parts;
  const due = { state: 'open', expiresAt: { $lte: now() } };
  for (const { _id } of await database.find(approvalRequests, due, { limit: AT_ONCE })) {
    await changed(parts, _id, async (tx, present) => {
      if (present.state !== 'open' || present.expiresAt.getTime() > tx.now.getTime()) return;
      await end(tx, present, { state: 'expired' });
      tellRequester(tx, present, 'has expired');
    });
  }
  const roster = await database.get(rosters, ROSTER_ID);
  const isOverdue = roster?.broken?.some(({ over, until }) => !over && until.getTime() <= now().getTime());
  if (isOverdue) await recorded(parts, closeOverdue);
}

async function changed(
  parts: GateParts,
  id: string,
  change: (tx: Transaction, present: ApprovalRequest) => Promise<void>,
): Promise<void> {
  await recorded(parts, async (tx) => {
    const present = await tx.get(approvalRequests, id);
    if (present !== null) await change(tx, present);
  });
}

/** A change that the service makes by itself, with its record. */
async function recorded({ database, journal, now, committed }: GateParts, change: (tx: Transaction) => Promise<void>) {
  const changes = await transact(database, { now }, async (tx) => {
    await change(tx);
    if (tx.changes.length === 0) return [];
    await journal.appendIn(tx, {
      at: tx.now,
      via: 'job',
      command: 'approvals',
      outcome: 'success',
      actor: STEWARD,
      authority: 'service',
      ...effectOf(tx),
      requestId: 'approvals',
      address: '-',
    });
    return tx.changes;
  });
  committed(changes);
}

/** Errors after which the next turn tries again. */
const PASSING: readonly Reason[] = [
  ...(['conflict_busy', 'outcome_unknown', 'database_unavailable', 'format_changed'] as const),
  ...(['audit_unavailable', 'roles_unavailable'] as const),
];

const isPassing = (error: unknown): boolean =>
  isUnavailable(error) || (error instanceof StewardError && PASSING.includes(error.reason));
