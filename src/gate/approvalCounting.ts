import { defined } from '../base/defined.ts';
import type { Counting } from '../domain/approvals/approvers.ts';
import type { ApprovalRequest } from '../domain/approvals/request.ts';
import { emptyRoster, ROSTER_ID, type Roster, rosters } from '../identity/roster.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import { keyedDigest } from '../store/changes.ts';
import type { Reader } from '../store/collection.ts';
import { authorise, type CallToAuthorise, type PolicyParts, type View } from './authorise.ts';
import type { Validated } from './callContext.ts';
import type { CommandObject } from './decode.ts';
import type { GateParts } from './parts.ts';

/** The approvals of those whom the gate would still let run `approve`. */
export async function stillAllowed(
  parts: PolicyParts & Pick<GateParts, 'commands'>,
  { _id }: ApprovalRequest,
  { counting, view }: { readonly counting: readonly Counting[]; readonly view: View },
) {
  const approve = parts.commands.get('approve');
  if (approve === undefined) return [];
  const allowed: Counting[] = [];
  for (const each of counting) {
    const { approver, approval } = each;
    const { person, service, rank, tokenRoles } = approver;
    const delegate = service && { principal: service, roles: approval.by.serviceRoles ?? [] };
    const call = {
      ...{ rank, tokenRoles, command: approve, subject: undefined, user: undefined },
      ...{ params: { request: _id, reason: approval.reason }, address: approval.by.address },
      caller: defined({ principal: person, delegate }),
    };
    if (!('refusal' in (await authorise(parts, call, view)))) allowed.push(each);
  }
  return allowed;
}

/** What of a call is the same in its request for approval. */
export interface CallToDigest {
  readonly context: Pick<CallToAuthorise, 'caller'> & { readonly decoded?: Pick<CommandObject, 'user' | 'module'> };
  readonly command: Pick<DeclaredCommand, 'name'>;
  readonly validated: Pick<Validated, 'subject' | 'newcomer' | 'params'> & {
    readonly options: Pick<Validated['options'], 'reason'>;
  };
}

/** A keyed digest of a call and its callers, by which its request for approval is found. */
export function callDigest(key: Buffer, { context, command, validated }: CallToDigest): string {
  const { caller, decoded } = context;
  const { subject, newcomer, params, options } = validated;
  return keyedDigest(key, [
    ...[command.name, decoded?.user ?? null, decoded?.module ?? null, params, options.reason ?? null],
    ...[caller.principal._id, caller.delegate?.principal._id ?? null],
    newcomer === undefined ? (subject?._id ?? null) : null,
  ]);
}

export const rosterFrom = async (get: Reader['get']): Promise<Roster> =>
  (await get(rosters, ROSTER_ID)) ?? emptyRoster();
