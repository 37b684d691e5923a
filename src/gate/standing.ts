import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { Authority } from '../identity/authority.ts';
import { mintAdmin, mintService } from '../identity/mintAuthority.ts';
import { principals } from '../identity/principal.ts';
import { ROSTER_ID, rosters } from '../identity/roster.ts';
import type { Initiator, Job } from '../jobs/job.ts';
import type { Transaction } from '../store/transaction.ts';
import { authorise, type PolicyParts } from './authorise.ts';
import type { CallContext, Validated } from './callContext.ts';
import type { GateParts } from './parts.ts';
import { rankOfCaller } from './ranking.ts';
import { actorsOf, approvalIn } from './records.ts';
import { assertRank, assertRights } from './rights.ts';

/** The caller, as it is stored with a job. */
export function initiatorOf(context: CallContext, { options, params }: Validated): Initiator {
  const { caller, origin, roles, rule, policy, decoded, approved } = context;
  return {
    ...actorsOf(caller),
    authority: 'admin',
    roles,
    ...(caller.delegate === undefined ? {} : { delegateRoles: caller.delegate.roles }),
    ...defined({ reason: options.reason, rule, policy, user: decoded?.user ?? undefined, params }),
    ...defined({ approval: approved && approvalIn(approved), breakGlass: liftedBy(context) }),
    requestId: origin.requestId,
    address: origin.address,
  };
}

/** The broken glass without which the call would have been refused, or might have been. */
function liftedBy({ glass, requirements }: CallContext): Initiator['breakGlass'] {
  if (glass === undefined) return undefined;
  const { reasons, tickets, approvals } = requirements;
  return reasons.length + tickets.length + approvals.length > 0 ? { id: glass.id, until: glass.until } : undefined;
}

/**
 * The authority of a job's next step. Steps 2, 4 and 6 of the gate are repeated for the initiator, so that a right
 * withdrawn since then no longer counts.
 *
 * @throws not_admin, rights_required, command_not_allowed, delegation_refused, break_glass_over
 */
export async function authorityOfJob(
  parts: PolicyParts & Pick<GateParts, 'commands'>,
  tx: Transaction,
  { initiator, kind: name }: Pick<Job, 'initiator' | 'kind'>,
): Promise<Authority> {
  const { commands, dependencies, now } = parts;
  const { rules } = dependencies;
  const { actor, onBehalfOf, authority, roles, delegateRoles = [], user, params, address, breakGlass } = initiator;
  if (authority === 'service') return mintService(now());
  if (breakGlass !== undefined && now().getTime() >= breakGlass.until.getTime()) {
    throw refuse('break_glass_over', breakGlass.until.toISOString());
  }
  const command = commands.get(name);
  if (command === undefined) throw refuse('command_unknown', name);
  const roster = await tx.rely(rosters, ROSTER_ID);
  const person = onBehalfOf ?? actor;
  const principal = await tx.rely(principals, person.id);
  if (roster === null || principal === null) throw refuse('not_admin', person.name);
  const service = onBehalfOf === undefined ? undefined : await tx.rely(principals, actor.id);
  if (service === null) throw refuse('delegation_refused', actor.name, person.name);
  const caller = {
    principal,
    ...(service === undefined ? {} : { delegate: { principal: service, roles: delegateRoles } }),
  };
  const rank = rankOfCaller(caller, roles, { rules, roster, now: now() });
  const view = { roster, reader: tx.untracked, tx };
  await assertRank(parts, { caller, rank, roles }, view);
  await assertRights(parts, { context: { caller, rank, roles }, command }, view);
  const call = { rank, caller, tokenRoles: roles, command, subject: undefined, user, params, address };
  const outcome = await authorise(parts, call, view);
  if ('refusal' in outcome) throw outcome.refusal;
  return mintAdmin(now());
}
