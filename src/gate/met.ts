import { defined } from '../base/defined.ts';
import { StewardError } from '../base/errors.ts';
import type { Explain, PolicyRequirement } from '../base/schemas/generated.ts';
import { countingApprovals, isTimely, missingFrom } from '../domain/approvals/approvers.ts';
import { type ApprovalRequest, approvalRequests } from '../domain/approvals/request.ts';
import type { Holder } from '../identity/holder.ts';
import type { Principal } from '../identity/principal.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import type { Reader } from '../store/collection.ts';
import { callDigest, rosterFrom, stillAllowed } from './approvalCounting.ts';
import type { CallToAuthorise, View } from './authorise.ts';
import { glassOf } from './glass.ts';
import type { GateParts } from './parts.ts';
import type { ApprovalRequirement, ReasonRequirement, Requirements } from './policy/requirements.ts';
import { ticketFor } from './ticketSearch.ts';

/** The call about which somebody asks, as far as it is known. */
export interface AskedCall {
  readonly caller: CallToAuthorise['caller'];
  /** The caller with their credential; undefined if somebody else is asked about. */
  readonly holder: Holder | undefined;
  readonly command: DeclaredCommand;
  readonly subject: Principal | undefined;
  /** The parameters as they were read; undefined if the question names none. */
  readonly params: unknown;
  readonly question: Pick<Explain['params'], 'user' | 'withReason'>;
}

/** What a call has of something that is required: `met` is absent if that is not known. */
type Met = Pick<PolicyRequirement, 'met' | 'missing' | 'request' | 'ticket'>;

/** The requirements as they are shown, each with whether the call has it already, and with what is still missing. */
export async function requirementsMet(
  parts: GateParts,
  { requirements, call }: { readonly requirements: Requirements; readonly call: AskedCall },
  view: View,
): Promise<PolicyRequirement[]> {
  const [reasons, tickets, approvals] = shown(requirements);
  if (await isLifted(parts, call, view)) {
    return [...reasons, ...tickets, ...approvals].map((requirement) => ({ ...requirement, met: true }));
  }
  const ticket = tickets.length === 0 ? {} : await ticketMet(parts, { requirements, call }, view.reader);
  const approved = await approvalsMet(parts, { requirements, call }, view);
  return [
    ...reasons.map((requirement, i) => ({ ...requirement, ...reasonMet(requirements.reasons[i], call) })),
    ...tickets.map((requirement) => ({ ...requirement, ...ticket })),
    ...approvals.map((requirement, i) => ({ ...requirement, ...approved[i] })),
  ];
}

/** The requirements as they are shown. */
export const requirementsShown = (requirements: Requirements): PolicyRequirement[] => shown(requirements).flat();

type Shown = readonly [reasons: PolicyRequirement[], tickets: PolicyRequirement[], approvals: PolicyRequirement[]];

function shown({ reasons, tickets, approvals }: Requirements): Shown {
  return [
    reasons.map(({ rule, pattern }) => ({ kind: 'reason' as const, rule, ...defined({ pattern }) })),
    tickets.map(({ rule, maxAgeMinutes }) => ({ kind: 'ticket' as const, rule, maxMinutes: maxAgeMinutes })),
    approvals.map(({ rule, count, by }) => ({
      kind: 'approvals' as const,
      rule,
      count,
      ...defined({ by: by && [...by] }),
    })),
  ];
}

/** Whether the caller has broken the glass, so that nothing is required of them. */
async function isLifted(parts: GateParts, { caller, command }: AskedCall, { roster, reader }: View): Promise<boolean> {
  const get: Reader['get'] = (from, id) => reader.get(from, id);
  const basis = { rules: parts.dependencies.rules, now: parts.now() };
  const glass = await ifRefused(glassOf(get, { roster, caller, command }, basis));
  return glass !== undefined && !(glass instanceof StewardError);
}

function reasonMet(requirement: ReasonRequirement | undefined, { question, params }: AskedCall): Met {
  const inParams = (params as { readonly reason?: unknown } | undefined)?.reason;
  const reason = question.withReason ?? (typeof inParams === 'string' ? inParams : undefined);
  if (requirement === undefined || reason === undefined) return { met: false, missing: 'a reason' };
  if (requirement.matches(reason)) return { met: true };
  return { met: false, missing: `a reason that matches /${requirement.pattern}/` };
}

interface Asked {
  readonly requirements: Requirements;
  readonly call: AskedCall;
}

/** Tickets belong to a credential, so that those of somebody else are not known. */
async function ticketMet(parts: GateParts, { requirements, call }: Asked, reader: Reader): Promise<Met> {
  const { holder, command } = call;
  if (holder === undefined) return {};
  const found = await ifRefused(ticketFor(parts, { holder, command, wanted: requirements.tickets }, reader));
  return found instanceof StewardError ? { met: false, missing: found.message } : { met: true, ticket: found._id };
}

/** What the open request for exactly this call has. */
async function approvalsMet(parts: GateParts, { requirements, call }: Asked, view: View): Promise<Met[]> {
  const quorums = requirements.approvals;
  if (quorums.length === 0 || call.params === undefined) return quorums.map(() => ({}));
  const request = await requestOf(parts, call, view.reader);
  if (request === undefined) {
    return quorums.map(() => ({ met: false, missing: 'a request for this call: it leaves one when it is sent' }));
  }
  const get: Reader['get'] = (from, id) => view.reader.get(from, id);
  const { rules, policyNamesOf: namesOf } = parts.dependencies;
  const basis = { rules, roster: await rosterFrom(get), now: parts.now() };
  const counting = await stillAllowed(parts, request, {
    counting: await countingApprovals({ get, lists: view.reader, namesOf, basis }, request, quorums),
    view,
  });
  return quorums.map((quorum: ApprovalRequirement): Met => {
    const missing = missingFrom([quorum], counting);
    if (missing === undefined) return { met: true, request: request._id };
    const { given, count } = missing;
    return { met: false, request: request._id, missing: `the request has ${given} of ${count} approvals` };
  });
}

async function requestOf(
  { auditKey, now }: GateParts,
  { caller, command, subject, params, question }: AskedCall,
  reader: Reader,
): Promise<ApprovalRequest | undefined> {
  const { user, withReason: reason } = question;
  const call = callDigest(auditKey, {
    context: { caller, decoded: { user, module: undefined } },
    command,
    validated: { params, subject, options: defined({ reason }) },
  });
  const [found] = await reader.find(approvalRequests, { call, state: 'open' });
  return found !== undefined && isTimely(found, now()) ? found : undefined;
}

/** The result, or the error with which it was refused. */
async function ifRefused<T>(result: Promise<T>): Promise<T | StewardError> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof StewardError) return error;
    throw error;
  }
}
