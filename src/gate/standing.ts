import { refuse } from '../errors.ts';
import { principals, wireName } from '../identity/principal.ts';
import { ROSTER_ID, rosters } from '../identity/roster.ts';
import type { Initiator } from '../jobs/job.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Judged, Passage } from './passage.ts';
import type { GateParts } from './pipeline.ts';
import { assertRights, authorise } from './policy.ts';
import { rankOfCaller } from './ranking.ts';
import { actorsOf } from './records.ts';

/** Who calls, as a job keeps it. */
export function initiatorOf({ caller, origin, roles, rule }: Passage, { options }: Judged): Initiator {
  return {
    ...actorsOf(caller),
    authority: 'admin',
    roles,
    ...(caller.delegate === undefined ? {} : { delegateRoles: caller.delegate.roles }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(rule === undefined ? {} : { rule }),
    requestId: origin.requestId,
    address: origin.address,
  };
}

/**
 * Steps 2, 4 and 6 of the gate once more, for who had a job begun: a right withdrawn since is withdrawn for its next step.
 *
 * @throws not_admin, rights_required, command_not_allowed, delegation_refused
 */
export async function assertStillAllowed(
  { rooms, now }: Pick<GateParts, 'rooms' | 'now'>,
  tx: Transaction,
  { actor, onBehalfOf, authority, roles, delegateRoles = [] }: Initiator,
  name: string,
): Promise<void> {
  if (authority === 'service') return;
  const command = rooms.commands.get(name);
  if (command === undefined) throw refuse('command_unknown', name);
  const roster = await tx.peek(rosters, ROSTER_ID);
  const person = onBehalfOf ?? actor;
  const principal = await tx.peek(principals, person.id);
  if (roster === null || principal === null) throw refuse('not_admin', person.name);
  const service = onBehalfOf === undefined ? undefined : await tx.peek(principals, actor.id);
  if (service === null) throw refuse('delegation_refused', actor.name, person.name);
  const caller = {
    principal,
    ...(service === undefined ? {} : { delegate: { principal: service, roles: delegateRoles } }),
  };
  const rank = rankOfCaller(caller, roles, { rules: rooms.rules, roster, now: now() });
  if (rank.role === 'none') throw refuse('not_admin', wireName(principal));
  assertRights(rank, command);
  authorise(rank, caller, command, undefined);
}
