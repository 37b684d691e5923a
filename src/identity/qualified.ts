import type { Named } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import type { Reader } from '../store/collection.ts';
import type { Actor } from './actor.ts';
import { idAndName, type Principal, principals } from './principal.ts';
import { callerRank, NO_RANK, type Rank, type RankBasis } from './rank.ts';
import { roles as directoryRoles, roleName, rolesWith } from './roles.ts';

/** A caller as they are stored, so that what they are entitled to can be judged again later. */
export interface StoredCaller {
  readonly person: Named;
  /** The service that acted for the person. */
  readonly service?: Named;
  /** The roles in the person's token at that time, and those of the service in it. */
  readonly roles: readonly string[];
  readonly serviceRoles?: readonly string[];
  readonly address: string;
}

/** An administrator as they are now. */
export interface Qualified {
  readonly person: Principal;
  readonly service?: Principal;
  readonly rank: Rank;
  readonly tokenRoles: readonly string[];
  /** The names in the policy that are bound to them. */
  readonly names: readonly string[];
  /** The names of their roles in the directory, and `id:ID` of each. */
  readonly roles: readonly string[];
}

/** Where facts about people are found. */
export interface People {
  readonly lists: Reader;
  readonly now: Date;
  readonly namesOf: NamesOf;
}

/** The names in the policy that are bound to somebody. */
export type NamesOf = (principal: Principal) => Promise<readonly string[]>;

const ROLE = 'role:';
const TOKEN_ROLE = 'token-role:';

/**
 * Whether somebody is among those whom a rule names: by a name that is bound to them, `id:ID`, `role:NAME` of the directory, `token-role:NAME`,
 * `admins` (full administrators) or `readOnlyAdmins`.
 */
export function isAmong(by: readonly string[], { person, names, rank, roles, tokenRoles }: Qualified): boolean {
  return by.some((entry) => {
    if (entry === 'admins') return rank.role === 'full';
    if (entry === 'readOnlyAdmins') return rank.role === 'readOnly';
    if (entry.startsWith(ROLE)) return roles.includes(entry.slice(ROLE.length));
    if (entry.startsWith(TOKEN_ROLE)) return tokenRoles.includes(entry.slice(TOKEN_ROLE.length));
    return entry === `id:${person._id}` || names.includes(entry);
  });
}

/** Whether the rank is that of a full administrator without limits, who may act in their own calls. */
export function isUnlimited({ role, commands, as, asRoles, delegatedOnly, scope }: Rank): boolean {
  return role === 'full' && !commands && !as && !asRoles && !delegatedOnly && !scope;
}

/** The caller of a command. Their accounts are read again, since the gate may remember them from an earlier call. */
export async function qualifiedCaller(
  people: People,
  { principal, delegate, rank, tokenRoles }: Actor,
): Promise<Qualified> {
  const now = async (account: Principal) => (await people.lists.get(principals, account._id)) ?? account;
  const service = delegate === undefined ? undefined : await now(delegate);
  const roles = await roleNamesOf(people, principal._id);
  const person = await now(principal);
  const names = await people.namesOf(person);
  return { ...defined({ person, service }), names, rank, tokenRoles: tokenRoles ?? [], roles };
}

/** A stored caller as they are now; without any rank if they are not active any more. */
export async function qualifiedNow(
  { get, ...people }: Omit<People, 'now'> & Pick<Reader, 'get'>,
  { caller, basis }: { readonly caller: StoredCaller; readonly basis: RankBasis },
): Promise<Qualified | undefined> {
  const person = await get(principals, caller.person.id);
  if (person === null) return undefined;
  const service = caller.service === undefined ? undefined : await get(principals, caller.service.id);
  if (service === null) return undefined;
  const delegate = service && { principal: service, roles: caller.serviceRoles ?? [] };
  const rank = callerRank(defined({ principal: person, delegate }), caller.roles, basis) ?? NO_RANK;
  const roles = await roleNamesOf({ ...people, now: basis.now }, person._id);
  const names = await people.namesOf(person);
  return { ...defined({ person, service }), names, rank, tokenRoles: caller.roles, roles };
}

async function roleNamesOf({ lists, now }: People, principal: string): Promise<string[]> {
  const within = { ...rolesWith(principal, now), living: true };
  const found = await lists.parts(directoryRoles, within, { fields: ['name', 'living'] });
  return found.flatMap((role) => [roleName(role), `id:${role._id}`]);
}

/** The accounts of a caller: the person, and the service that acts for them. */
export const accountsOf = ({ person, service }: Pick<Qualified, 'person' | 'service'>): Principal[] =>
  service === undefined ? [person] : [person, service];

export const namedAccounts = ({ person, service }: StoredCaller): Named[] =>
  service === undefined ? [person] : [person, service];

/** The caller of a write, as they are stored. */
export function storedCaller(
  { principal, delegate }: Pick<Actor, 'principal' | 'delegate'>,
  roles: Omit<StoredCaller, 'person' | 'service'>,
): StoredCaller {
  return { ...defined({ person: idAndName(principal), service: delegate && idAndName(delegate) }), ...roles };
}
