import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import { holds } from '../base/expiry.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Administering, isSelf } from './actor.ts';
import { isConfigured, isSubject, subjectIn } from './configuredAdmins.ts';
import { KBASE_ADMINS, KBASE_USERS, USERS } from './nameRules.ts';
import { type Principal, principals, wireName } from './principal.ts';
import { covers, type Limits } from './rank.ts';
import { one, resolveToGive, resolveToTake } from './resolver.ts';
import {
  type AdminRules,
  assertAdminRemains,
  dropFromRoster,
  emptyRoster,
  ROSTER_ID,
  type Roster,
  type RosterEntry,
  rosterIn,
  rosters,
} from './roster.ts';

/** The parameters of `addAdmin`; `as` has user names, and roles as `role:<name>`. */
export interface NewRights {
  readonly role?: 'full' | 'readOnly';
  readonly expires?: Date;
  readonly commands?: readonly string[];
  readonly as?: readonly string[];
  readonly delegatedOnly?: boolean;
}

interface Adding extends Administering {
  readonly commands: ReadonlySet<string>;
  /** Throws if the actor may not give these rights to this principal for another reason. */
  readonly mayGive?: (receiver: Principal, limits: Limits) => Promise<void>;
}

/**
 * Makes a user an admin with exactly these rights, in place of those they had: full and unlimited if `rights` is empty.
 * A second call with the same rights changes nothing; nor does one for a configured admin without `rights`.
 *
 * @throws roles_delegated, user_null, username_invalid, user_unknown, recipient_unfit, command_unknown,
 *   invalid_params, exceeds_own_rights, protected_admin, last_admin
 */
export async function addAdmin(
  tx: Transaction,
  { rules, actor, commands, mayGive }: Adding,
  { user, rights }: { readonly user: string | null | undefined; readonly rights: NewRights },
): Promise<void> {
  const { user: target, wire } = await one(resolveToGive(tx, [user], KBASE_ADMINS));
  if (rules.tokenRoles !== undefined) throw refuse('roles_delegated');
  if (rights.expires !== undefined && rights.expires.getTime() <= tx.now.getTime()) {
    throw refuse('invalid_params', `expires must be in the future (was: ${rights.expires.toISOString()})`);
  }
  const unknown = rights.commands?.find((name) => !commands.has(name));
  if (unknown !== undefined) throw refuse('command_unknown', unknown);
  const roster = await rosterIn(tx);
  const limits: Limits = {
    role: rights.role ?? 'full',
    ...defined({ commands: rights.commands && sorted(rights.commands) }),
    ...(rights.as && (await limitedTo(tx, rights.as))),
    ...defined({ delegatedOnly: rights.delegatedOnly ? true : undefined, expires: rights.expires }),
  };
  if (isConfigured(rules, roster, target)) {
    if (!isUnlimited(limits)) throw refuse('protected_admin', wire);
    return;
  }
  const present = roster.admins.find((a) => a.principal === target._id);
  const held = present !== undefined && holds(present, tx.now) ? present : undefined;
  if (!covers(actor.rank, limits) || (held !== undefined && !covers(actor.rank, held))) {
    throw refuse('exceeds_own_rights', wireName(actor.principal));
  }
  if (present !== undefined && sameRights(present, limits)) return;
  await mayGive?.(target, limits);
  const entry: RosterEntry = { principal: target._id, ...limits, addedAt: tx.now, addedBy: actor.principal._id };
  const others = roster.admins.filter((a) => a.principal !== target._id);
  await tx.update(rosters, roster, { ...roster, admins: [...others, entry] });
  await assertAdminRemains(tx, rules);
}

/**
 * Takes the admin right of a user away. It is no error if they have none. A former user is named `name~<short id>`.
 *
 * @throws roles_delegated, user_null, username_invalid, user_unknown, protected_admin, exceeds_own_rights, last_admin
 */
export async function removeAdmin(
  tx: Transaction,
  { rules, actor }: Administering,
  user: string | null | undefined,
): Promise<void> {
  const { user: known } = await one(resolveToTake(tx, [user], KBASE_USERS));
  if (rules.tokenRoles !== undefined) throw refuse('roles_delegated');
  const roster = await rosterIn(tx);
  if (isConfigured(rules, roster, known)) throw refuse('protected_admin', wireName(known));
  const present = roster.admins.find((a) => a.principal === known._id);
  if (present === undefined) return;
  if (holds(present, tx.now) && !isSelf(actor, known) && !covers(actor.rank, present)) {
    throw refuse('exceeds_own_rights', wireName(actor.principal));
  }
  await dropFromRoster(tx, roster, known._id);
  await assertAdminRemains(tx, rules);
}

/** One admin as `listAdmins {detail: true}` shows it. */
export interface AdminDetail {
  readonly user: string;
  readonly id?: string;
  readonly role: 'full' | 'readOnly';
  readonly source: 'config' | 'roster';
  readonly state: Principal['state'] | 'unknown';
  readonly commands?: readonly string[];
  readonly as?: readonly string[];
  readonly delegatedOnly?: boolean;
  readonly expires?: string;
  readonly scope?: 'iiif';
  /** Their use of break-glass that nobody has reviewed yet. */
  readonly brokeGlass?: { readonly at: string; readonly until: string; readonly reason: string };
  readonly addedAt?: string;
  readonly addedBy?: string;
}

/** All admins: the configured ones first, then those of the roster by name. Expired ones are left out. */
export async function listAdmins(reader: Reader, rules: AdminRules, now: Date): Promise<AdminDetail[]> {
  if (rules.tokenRoles !== undefined) throw refuse('roles_delegated');
  const listing = await adminListing(reader, rules, (await reader.get(rosters, ROSTER_ID)) ?? emptyRoster());
  return listing.filter((admin) => isCurrent(admin, now));
}

export function isCurrent({ expires }: AdminDetail, now: Date): boolean {
  return expires === undefined || new Date(expires).getTime() > now.getTime();
}

/** The admins of this roster, expired ones included. */
export async function adminListing(reader: Reader, rules: AdminRules, roster: Roster): Promise<AdminDetail[]> {
  const { admins } = roster;
  const bound = (entry: string) => roster.bindings.find((b) => b.entry === entry)?.principal;
  const ids = [
    ...admins.flatMap((a) => [a.principal, a.addedBy, ...(a.as ?? [])]),
    ...rules.configured.flatMap((e) => bound(e) ?? []),
  ];
  const named = { subject: { $in: rules.configured.flatMap((e) => subjectIn(e) ?? []) } };
  const unclaimed = { username: { $in: [...rules.configured] }, living: true, subject: { $exists: false } };
  const known = await reader.find(principals, { $or: [{ _id: { $in: ids } }, named, unclaimed] });
  const byId = new Map(known.map((p) => [p._id, p]));
  const name = (id: string) => {
    const principal = byId.get(id);
    return principal === undefined ? id : wireName(principal);
  };
  const holderOf = (entry: string) => {
    // The subject may also have a former account.
    const holders = known.filter((p) => isSubject(rules, entry, p));
    const holder = holders.find((p) => p.living) ?? holders[0] ?? byId.get(bound(entry) ?? '');
    return holder ?? known.find((p) => p.username === entry && isConfigured(rules, roster, p));
  };

  const glassOf = (id: string | undefined) => {
    const glass = roster.broken?.find(({ principal }) => principal === id);
    if (glass === undefined) return undefined;
    return { at: glass.at.toISOString(), until: glass.until.toISOString(), reason: glass.reason };
  };

  const configured = rules.configured.map((entry): AdminDetail => {
    const holder = holderOf(entry);
    return {
      user: holder === undefined ? entry : wireName(holder),
      ...defined({ id: holder?._id }),
      role: 'full',
      source: 'config',
      state: holder?.state ?? 'unknown',
      ...defined({ brokeGlass: glassOf(holder?._id) }),
    };
  });
  const protectedIds = new Set(configured.map((c) => c.id));
  const listed = admins
    .filter((a) => !protectedIds.has(a.principal))
    .map(
      (a): AdminDetail => ({
        user: name(a.principal),
        id: a.principal,
        role: a.role,
        source: 'roster',
        state: byId.get(a.principal)?.state ?? 'unknown',
        ...defined({ commands: a.commands, as: a.as && [...a.as.map(name), ...rolesShown(a)] }),
        ...defined({ delegatedOnly: a.delegatedOnly, expires: a.expires?.toISOString(), scope: a.scope }),
        ...defined({ brokeGlass: glassOf(a.principal) }),
        addedAt: a.addedAt.toISOString(),
        addedBy: name(a.addedBy),
      }),
    );
  return [...configured, ...listed.sort((a, b) => (a.user < b.user ? -1 : 1))];
}

const ROLE = 'role:';

/** The roles in the form in which `as` takes them: no user name has a colon. */
export const rolesShown = ({ asRoles = [] }: Pick<Limits, 'asRoles'>): string[] => asRoles.map((role) => ROLE + role);

/** The ids and roles that `as` names. @throws invalid_params, user_unknown */
async function limitedTo(tx: Transaction, as: readonly string[]): Promise<Pick<Limits, 'as' | 'asRoles'>> {
  const roles = as.filter((entry) => entry.startsWith(ROLE)).map((entry) => entry.slice(ROLE.length));
  const bad = roles.find((role) => role.trim() === '' || /[\p{Cc}\p{Surrogate}]/u.test(role));
  if (bad !== undefined) throw refuse('invalid_params', `as: ${ROLE} must be followed by the name of a role`);
  const names = as.filter((entry) => !entry.startsWith(ROLE));
  const ids = sorted((await resolveToGive(tx, names, USERS)).map(({ id }) => id));
  return roles.length === 0 ? { as: ids } : { as: ids, asRoles: sorted(roles) };
}

const sorted = (names: readonly string[]) => [...new Set(names)].sort();

const isUnlimited = (l: Limits) => l.role === 'full' && !l.commands && !l.as && !l.delegatedOnly && !l.expires;

function sameRights(a: Limits, b: Limits): boolean {
  return (
    a.role === b.role &&
    a.commands?.join() === b.commands?.join() &&
    a.as?.join() === b.as?.join() &&
    a.asRoles?.join('\n') === b.asRoles?.join('\n') &&
    a.delegatedOnly === b.delegatedOnly &&
    a.scope === b.scope &&
    a.expires?.getTime() === b.expires?.getTime()
  );
}
