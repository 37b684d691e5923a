import type { Principal } from './principal.ts';
import { type AdminRole, type AdminRules, isConfigured, type Roster } from './roster.ts';

/** What a principal may do as an administrator, and where that comes from. */
export interface Rank {
  readonly role: AdminRole | 'none';
  readonly source: 'config' | 'roster' | 'token' | 'none';
  /** Absent: no limit. */
  readonly commands?: readonly string[];
  /** Principal ids; absent: no limit. */
  readonly as?: readonly string[];
  readonly expires?: Date;
}

export const NO_RANK: Rank = { role: 'none', source: 'none' };

/** The admin rank of a principal now; `roles` are those in its token. */
export function rankOf(
  principal: Principal,
  roles: readonly string[],
  roster: Roster,
  rules: AdminRules,
  now: Date,
): Rank {
  if (principal.state !== 'active') return NO_RANK;
  if (rules.tokenRoles !== undefined) {
    if (roles.some((r) => rules.tokenRoles?.full.includes(r))) return { role: 'full', source: 'token' };
    if (roles.some((r) => rules.tokenRoles?.readOnly.includes(r))) return { role: 'readOnly', source: 'token' };
    return NO_RANK;
  }
  if (isConfigured(rules, roster, principal)) return { role: 'full', source: 'config' };
  const entry = roster.admins.find((a) => a.principal === principal._id);
  if (entry === undefined || (entry.expires !== undefined && entry.expires.getTime() <= now.getTime())) return NO_RANK;
  return {
    role: entry.role,
    source: 'roster',
    ...(entry.commands === undefined ? {} : { commands: entry.commands }),
    ...(entry.as === undefined ? {} : { as: entry.as }),
    ...(entry.expires === undefined ? {} : { expires: entry.expires }),
  };
}

export interface Limits {
  readonly role: AdminRole;
  readonly commands?: readonly string[];
  readonly as?: readonly string[];
  readonly expires?: Date;
}

/** True when `rights` give nothing that `rank` does not have: nobody hands on more than it holds. */
export function covers(rank: Rank, rights: Limits): boolean {
  if (rank.role !== 'full') return false;
  const within = (mine: readonly string[] | undefined, theirs: readonly string[] | undefined) =>
    mine === undefined || (theirs?.every((x) => mine.includes(x)) ?? false);
  const lasting = rank.expires === undefined || (rights.expires !== undefined && rights.expires <= rank.expires);
  return lasting && within(rank.commands, rights.commands) && within(rank.as, rights.as);
}
