import { defined } from '../base/defined.ts';
import { earlierEnd, holds } from '../base/expiry.ts';
import { isConfigured } from './configuredAdmins.ts';
import type { Principal } from './principal.ts';
import type { AdminRole, AdminRules, Roster, RosterEntry } from './roster.ts';

/** The limits of an administrator; {@link RosterEntry} describes them. An absent one is no limit. */
type AdminLimits = Partial<Pick<RosterEntry, 'commands' | 'as' | 'asRoles' | 'delegatedOnly' | 'expires' | 'scope'>>;

/** What can be given to an administrator. */
export interface Limits extends AdminLimits {
  readonly role: AdminRole;
}

/** What a principal may do as an administrator, and by which source. */
export interface Rank extends AdminLimits {
  /** `bootstrap`: the holder of the secret key, who may only run the commands that are declared for them. */
  readonly role: AdminRole | 'bootstrap' | 'none';
  readonly source: 'config' | 'roster' | 'token' | 'none';
  /** A service with this rank acts for the principal: only what both ranks allow is allowed. */
  readonly through?: Rank;
}

export const NO_RANK: Rank = { role: 'none', source: 'none' };

export const BOOTSTRAP_RANK: Rank = { role: 'bootstrap', source: 'config' };

/** What a rank follows from, besides the principal and their roles. */
export interface RankBasis {
  readonly rules: AdminRules;
  readonly roster: Roster;
  readonly now: Date;
}

/** The admin rank of a principal now; `roles` are those in their token. */
export function rankOf(principal: Principal, roles: readonly string[], { rules, roster, now }: RankBasis): Rank {
  if (principal.state !== 'active') return NO_RANK;
  const entry = roster.admins.find((a) => a.principal === principal._id);
  // Administrators of a single system have no tokens of the source whose roles count.
  if (entry?.scope !== undefined) return rankOfEntry(entry, now);
  const { tokenRoles } = rules;
  if (tokenRoles !== undefined) {
    if (roles.some((r) => tokenRoles.full.includes(r))) return { role: 'full', source: 'token' };
    if (roles.some((r) => tokenRoles.readOnly.includes(r))) return { role: 'readOnly', source: 'token' };
    return NO_RANK;
  }
  if (isConfigured(rules, roster, principal)) return { role: 'full', source: 'config' };
  return entry === undefined ? NO_RANK : rankOfEntry(entry, now);
}

function rankOfEntry(entry: RosterEntry, now: Date): Rank {
  if (!holds(entry, now)) return NO_RANK;
  const { role, commands, as, asRoles, delegatedOnly, expires, scope } = entry;
  return { role, source: 'roster', ...defined({ commands, as, asRoles, delegatedOnly, expires, scope }) };
}

/** The rank of a principal in their own calls, without rights that only hold when acting for others. */
export function ownRank(rank: Rank): Rank {
  return rank.delegatedOnly ? NO_RANK : rank;
}

/** Whether a service of this rank may act for a person whose token has these roles. */
export function mayActFor(service: Rank, person: Principal, roles: readonly string[]): boolean {
  if (service.role === 'none') return false;
  if (service.as === undefined) return true;
  return service.as.includes(person._id) || roles.some((role) => service.asRoles?.includes(role));
}

/** The rank of a person for whom a service acts: the weaker role, the earlier expiry, and the limits of both. */
export function delegated(person: Rank, through: Rank): Rank {
  const strength: readonly Rank['role'][] = ['readOnly', 'full'];
  const role = strength[Math.min(strength.indexOf(person.role), strength.indexOf(through.role))] ?? 'none';
  const expires = earlierEnd(person.expires, through.expires);
  return { ...person, role, through, ...defined({ expires }) };
}

/**
 * The admin rank of a caller; when a service acts for a user, what both have. Undefined if the service may not act for the
 * user.
 */
export function callerRank(
  { principal, delegate }: CallerAccounts,
  roles: readonly string[],
  basis: RankBasis,
): Rank | undefined {
  const own = ownRank(rankOf(principal, roles, basis));
  if (delegate === undefined) return own;
  const service = rankOf(delegate.principal, delegate.roles, basis);
  return mayActFor(service, principal, roles) ? delegated(own, service) : undefined;
}

/** Who calls: a person or, with `delegate`, a service for them. */
export interface CallerAccounts {
  readonly principal: Principal;
  readonly delegate?: { readonly principal: Principal; readonly roles: readonly string[] };
}

/** Whether `rank` includes all of `rights`, since nobody may give more rights than they have. */
export function covers(rank: Rank, rights: Limits): boolean {
  if (rank.role === 'bootstrap') return rights.scope !== undefined;
  if (rank.scope !== undefined && rank.scope !== rights.scope) return false;
  if (rank.role !== 'full' || (rank.through !== undefined && !covers(rank.through, rights))) return false;
  const within = (mine: readonly string[] | undefined, theirs: readonly string[] | undefined) =>
    mine === undefined || (theirs?.every((x) => mine.includes(x)) ?? false);
  const lasting = rank.expires === undefined || (rights.expires !== undefined && rights.expires <= rank.expires);
  const own = rank.delegatedOnly === undefined || rights.delegatedOnly === true;
  const ofRoles = rank.as === undefined || within(rank.asRoles ?? [], rights.asRoles ?? []);
  return own && lasting && within(rank.commands, rights.commands) && within(rank.as, rights.as) && ofRoles;
}
