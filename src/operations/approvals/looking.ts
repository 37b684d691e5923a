import { defined } from '../../base/defined.ts';
import type { Deciding } from '../../domain/approvals/decide.ts';
import type { Looking } from '../../domain/approvals/view.ts';
import { qualifiedCaller, storedCaller } from '../../identity/qualified.ts';
import { emptyRoster, ROSTER_ID, rosters } from '../../identity/roster.ts';
import type { CommandCall, CommandWriteCall } from '../calls.ts';
import type { Dependencies } from '../dependencies.ts';

/** What the operations about requests need. */
type Needs = Pick<Dependencies, 'rules' | 'policyNamesOf'>;

/** The caller as somebody who looks at requests. */
export async function lookingOf({
  reader,
  rules,
  policyNamesOf: namesOf,
  actor,
  now,
}: Pick<CommandCall, 'reader' | 'actor' | 'now'> & Needs): Promise<Looking> {
  const roster = (await reader.get(rosters, ROSTER_ID)) ?? emptyRoster();
  return {
    get: (from, id) => reader.get(from, id),
    ...{ lists: reader, namesOf },
    basis: { rules, roster, now },
    who: await qualifiedCaller({ lists: reader, namesOf, now }, actor),
  };
}

/** The caller as somebody who decides about requests. */
export async function decidingOf({
  tx,
  rules,
  policyNamesOf,
  actor,
  initiator,
}: Pick<CommandWriteCall, 'tx' | 'actor' | 'initiator'> & Needs): Promise<Deciding> {
  const { roles, delegateRoles, address } = initiator;
  const stored = storedCaller(actor, { ...defined({ roles, serviceRoles: delegateRoles }), address });
  return { ...(await lookingOf({ reader: tx.untracked, rules, policyNamesOf, actor, now: tx.now })), stored };
}
