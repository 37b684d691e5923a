import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import { wireName } from '../identity/principal.ts';
import { BOOTSTRAP_RANK, callerRank, type Rank, type RankBasis } from '../identity/rank.ts';
import type { AdminRules } from '../identity/roster.ts';
import type { SignedIn } from '../identity/signIn.ts';
import type { PolicyNeeds } from './policy/policy.ts';

/** The roles on which the rights of this caller depend. @throws roles_unavailable */
export async function rolesFor(
  caller: SignedIn,
  rules: AdminRules,
  needs: Pick<PolicyNeeds, 'tokenRoles'>,
): Promise<readonly string[]> {
  const depends = rules.tokenRoles !== undefined || caller.delegate !== undefined || needs.tokenRoles;
  return depends ? caller.roles() : [];
}

/**
 * The admin rank of the caller; when a service acts for a user, what both have. If roles come from the token, those of
 * the service come from its part of the token.
 *
 * @throws delegation_refused when the service may not act for the user; nothing of the user's rank is shown
 */
export function rankOfCaller(
  { principal, delegate, bootstrap }: Pick<SignedIn, 'principal' | 'delegate' | 'bootstrap'>,
  roles: readonly string[],
  basis: RankBasis,
): Rank {
  if (bootstrap) return BOOTSTRAP_RANK;
  const rank = callerRank(defined({ principal, delegate }), roles, basis);
  if (rank !== undefined) return rank;
  throw refuse('delegation_refused', wireName(delegate?.principal ?? principal), wireName(principal));
}
