import { isConfigured } from './configuredAdmins.ts';
import type { Principal } from './principal.ts';
import type { AdminRole, AdminRules, AdminScope, Roster, RosterEntry } from './roster.ts';

/** What a principal may do as an administrator, and where that comes from. */
export interface Rank {
  /** `bootstrap`: the holder of the secret key, who may run the commands that are declared for it and nothing else. */
  readonly role: AdminRole | 'bootstrap' | 'none';
  readonly source: 'config' | 'roster' | 'token' | 'none';
  /** Absent: no limit. */
  readonly commands?: readonly string[];
  /** Principal ids; absent: no limit. */
  readonly as?: readonly string[];
  readonly asRoles?: readonly string[];
  readonly delegatedOnly?: true;
  readonly expires?: Date;
  /** It runs the commands of this system alone. */
  readonly scope?: AdminScope;
  /** A service with this rank acts for the principal: what is allowed, both ranks allow. */
  readonly through?: Rank;
}

export const NO_RANK: Rank = { role: 'none', source: 'none' };

export const BOOTSTRAP_RANK: Rank = { role: 'bootstrap', source: 'config' };

/** The admin rank of a principal now; `roles` are those in its token. */
export function rankOf(
  principal: Principal,
  roles: readonly string[],
  roster: Roster,
  rules: AdminRules,
  now: Date,
): Rank {
  if (principal.state !== 'active') return NO_RANK;
  const entry = roster.admins.find((a) => a.principal === principal._id);
  // Those of a system of its own have no token of the source whose roles count, so these say nothing of them.
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
  if (entry.expires !== undefined && entry.expires.getTime() <= now.getTime()) return NO_RANK;
  return {
    role: entry.role,
    source: 'roster',
    ...(entry.commands === undefined ? {} : { commands: entry.commands }),
    ...(entry.as === undefined ? {} : { as: entry.as }),
    ...(entry.asRoles === undefined ? {} : { asRoles: entry.asRoles }),
    ...(entry.delegatedOnly === undefined ? {} : { delegatedOnly: entry.delegatedOnly }),
    ...(entry.expires === undefined ? {} : { expires: entry.expires }),
    ...(entry.scope === undefined ? {} : { scope: entry.scope }),
  };
}

export interface Limits {
  readonly role: AdminRole;
  readonly commands?: readonly string[];
  readonly as?: readonly string[];
  readonly asRoles?: readonly string[];
  readonly delegatedOnly?: true;
  readonly expires?: Date;
  readonly scope?: AdminScope;
}

/** The rank of who acts for nobody but itself: rights for acting for others are none here. */
export function ownRank(rank: Rank): Rank {
  return rank.delegatedOnly ? NO_RANK : rank;
}

/** Whether a service of this rank may act for this person, whose token has these roles. */
export function mayActFor(service: Rank, person: Principal, roles: readonly string[]): boolean {
  if (service.role === 'none') return false;
  if (service.as === undefined) return true;
  return service.as.includes(person._id) || roles.some((role) => service.asRoles?.includes(role));
}

/** The rank of a person through a service: the weaker role, the earlier end, and the limits of both. */
export function delegated(person: Rank, through: Rank): Rank {
  const strength: readonly Rank['role'][] = ['readOnly', 'full'];
  const role = strength[Math.min(strength.indexOf(person.role), strength.indexOf(through.role))] ?? 'none';
  const [expires] = [person.expires, through.expires]
    .filter((end) => end !== undefined)
    .sort((a, b) => a.getTime() - b.getTime());
  return { ...person, role, through, ...(expires === undefined ? {} : { expires }) };
}

/** True when `rights` give nothing that `rank` does not have: nobody hands on more than it holds. */
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
