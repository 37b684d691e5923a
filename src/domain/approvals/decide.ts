import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import { wireName } from '../../identity/principal.ts';
import { namedAccounts, type Qualified, type StoredCaller } from '../../identity/qualified.ts';
import type { AdminRules } from '../../identity/roster.ts';
import type { Transaction } from '../../store/transaction.ts';
import {
  areSame,
  countingApprovals,
  excludedFrom,
  isTimely,
  type Judging,
  missingFrom,
  unfitness,
} from './approvers.ts';
import { type ApprovalRequest, approvalRequests, titleOf } from './request.ts';
import { visibleRequest } from './view.ts';

/** Who decides about a request, now and as they are stored. */
export interface Deciding extends Judging {
  readonly who: Qualified;
  readonly stored: StoredCaller;
}

export interface Decision {
  readonly request: string;
  readonly reason: string;
}

/**
 * Approves a request. The requester is told, and the command runs by itself if it is to and nothing more is missing.
 *
 * @throws approval_unknown, approval_state, approver_unfit
 */
export async function approve(tx: Transaction, deciding: Deciding, decision: Decision): Promise<ApprovalRequest> {
  const { who, stored, basis } = deciding;
  const request = await requestToDecide(tx, deciding, { id: decision.request, verb: 'approved' });
  const before = await countingApprovals(deciding, request, request.quorums);
  if (before.some(({ approver }) => areSame(basis.rules, approver, who))) {
    throw refuse('approver_unfit', wireName(who.person), request._id, 'they, or the service, have approved it already');
  }
  const approval = { by: stored, at: tx.now, reason: decision.reason };
  const approvals = [...request.approvals, approval];
  const after = await tx.update(approvalRequests, request, {
    ...request,
    approvals,
    deciders: decidersWith(request, stored),
  });
  const missing = missingFrom(request.quorums, await countingApprovals(deciding, after, request.quorums));
  tellRequester(tx, after, `was approved by ${stored.person.name}${missing === undefined ? whatNext(after) : ''}`);
  return after;
}

const whatNext = ({ runsItself, expiresAt }: ApprovalRequest) =>
  runsItself ? ' and now runs by itself' : ` and can be run until ${expiresAt.toISOString()}`;

/** Denies a request for ever. @throws approval_unknown, approval_state, approver_unfit */
export async function deny(tx: Transaction, deciding: Deciding, decision: Decision): Promise<ApprovalRequest> {
  const request = await requestToDecide(tx, deciding, { id: decision.request, verb: 'denied' });
  const { stored } = deciding;
  const after = await end(tx, request, {
    state: 'denied',
    decision: { by: stored, at: tx.now, reason: decision.reason },
    deciders: decidersWith(request, stored),
  });
  tellRequester(tx, after, `was denied by ${stored.person.name}: ${decision.reason}`);
  return after;
}

/** Withdraws a request of one's own. @throws approval_unknown, approval_state */
export async function cancel(
  tx: Transaction,
  deciding: Deciding,
  { request: id, reason }: { readonly request: string; readonly reason?: string },
): Promise<ApprovalRequest> {
  const { request, isRequester } = await visibleRequest(tx, deciding, id);
  if (!isRequester) throw refuse('approval_unknown', id);
  assertOpen(request, { now: tx.now, verb: 'cancelled' });
  const decision = defined({ by: deciding.stored, at: tx.now, reason });
  return end(tx, request, { state: 'cancelled', decision });
}

/** Brings a request into a state in which nothing more happens with it. */
export function end(
  tx: Transaction,
  request: ApprovalRequest,
  fields: Partial<ApprovalRequest> & Pick<ApprovalRequest, 'state'>,
): Promise<ApprovalRequest> {
  const { runsItself: _, ...others } = request;
  return tx.update(approvalRequests, request, { ...others, ...fields });
}

/** @throws approval_state */
export function assertOpen(
  request: ApprovalRequest,
  { now, verb }: { readonly now: Date; readonly verb: string },
): void {
  if (request.state === 'open' && isTimely(request, now)) return;
  throw refuse('approval_state', request._id, request.state === 'open' ? 'expired' : request.state, verb);
}

async function requestToDecide(
  tx: Transaction,
  deciding: Deciding,
  { id, verb }: { readonly id: string; readonly verb: string },
): Promise<ApprovalRequest> {
  const { basis, who } = deciding;
  const { request } = await visibleRequest(tx, deciding, id);
  assertOpen(request, { now: tx.now, verb });
  const why = await unfitnessNow(basis.rules, deciding, request);
  if (why !== undefined) throw refuse('approver_unfit', wireName(who.person), id, why);
  return request;
}

async function unfitnessNow(rules: AdminRules, { get, who }: Deciding, request: ApprovalRequest) {
  return unfitness(rules, who, { quorums: request.quorums, excluded: await excludedFrom(get, request) });
}

const decidersWith = ({ deciders }: ApprovalRequest, caller: StoredCaller): string[] => [
  ...new Set([...deciders, ...namedAccounts(caller).map(({ id }) => id)]),
];

/** Tells the requester what became of their request. */
export function tellRequester(tx: Transaction, request: ApprovalRequest, what: string): void {
  const text = `Your request ${request._id} (${titleOf(request)}) ${what}`;
  tx.notify({ to: request.requester.person.id, about: 'approvalDecided', text });
}
