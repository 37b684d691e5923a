import { refuse } from '../base/errors.ts';
import type { Filter, Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { AccountType } from './accounts.ts';
import type { NameRules } from './nameRules.ts';
import { type ParsedName, parseName } from './parsedName.ts';
import { type Party, type PartyKind, type PartyOf, partyProblem, roleParty, userParty } from './party.ts';
import { passwords } from './passwords.ts';
import { type Principal, principals, shortId } from './principal.ts';
import { markNamed } from './receivers.ts';
import { type RolePart, roles } from './roles.ts';
import { serviceNamed } from './serviceNames.ts';

/*
 * The one place that resolves the names in calls to users and roles. Which states are accepted depends on the purpose:
 *
 *   give   active and pending users, roles that are not deleted. Pending users are marked as named.
 *   take   all, closed accounts and deleted roles included.
 *   act    active and pending users.
 *   show   as take.
 *
 * All take the same forms: the name, `id:<id>`, `name~<short id>` of a closed account or a deleted role, and
 * `role:<name>` where roles are possible.
 */

/** What a caller wrote: a name in any form, or with its kind, as in Oracle Analytics. */
export type NameInput = string | null | undefined | AccountGiven;

export interface AccountGiven {
  readonly accountType: AccountType;
  readonly account: string;
}

/**
 * The users and roles that get something, each once, in the order of their names. A pending user is marked as named:
 * from then on deleting them leaves a former user.
 *
 * @throws user_null, username_invalid, role_unknown; user_unknown with all unknown names, or as the rules say;
 *   recipient_unfit for a disabled or closed user and a deleted role, on KBase's commands user_unknown for a user
 */
export async function resolveToGive<K extends PartyKind>(
  tx: Transaction,
  given: readonly NameInput[],
  rules: NameRules<K>,
): Promise<PartyOf<K>[]> {
  // Read with `untracked`: other changes of the account do not make a plan stale.
  const found = await resolve(tx.untracked, given, rules);
  for (const party of found) assertFit(party, rules);
  if (!rules.onRoster) await markNamed(tx, found);
  return found;
}

/**
 * The users and roles that lose something, each once, in any state.
 *
 * @throws user_null, username_invalid, role_unknown; user_unknown with all unknown names, or as the rules say
 */
export function resolveToTake<K extends PartyKind>(
  reader: Reader,
  given: readonly NameInput[],
  rules: NameRules<K>,
): Promise<PartyOf<K>[]> {
  // Existing users can be named even if their names are not valid by KBase's rule.
  return resolve(reader, given, { ...rules, lettersFirst: false });
}

/** The users and roles to show something about, each once, in any state. @throws as {@link resolveToTake} */
export function resolveToShow<K extends PartyKind>(
  reader: Reader,
  given: readonly NameInput[],
  rules: NameRules<K>,
): Promise<PartyOf<K>[]> {
  return resolveToTake(reader, given, rules);
}

/** As {@link resolveToShow}, keyed by the names that the caller wrote. Unknown names are left out. */
export async function resolveEachToShow<K extends PartyKind>(
  reader: Reader,
  names: readonly string[],
  rules: NameRules<K>,
): Promise<ReadonlyMap<string, PartyOf<K>>> {
  const found = await lookUp(reader, names, { ...rules, lettersFirst: false });
  return new Map(found.flatMap(([{ text }, [party]]) => (party === undefined ? [] : [[text, party as PartyOf<K>]])));
}

/**
 * The user to act as: active or pending. A write must mark a pending one as named.
 *
 * @returns undefined if nobody here has this name: the issuer of the caller's token may know somebody
 * @throws user_null, username_invalid; user_unknown for a disabled or closed user
 */
export async function resolveToAct(
  reader: Reader,
  given: string | null | undefined,
  rules: NameRules<'user'>,
): Promise<Principal | undefined> {
  const [found] = await resolve(reader, [given], { ...rules, missing: 'leaveOut', lettersFirst: true });
  if (found === undefined) return undefined;
  if (partyProblem(found) !== undefined) throw refuse('user_unknown', given ?? '');
  return found.user;
}

/** The only one of them. */
export async function one<P>(found: Promise<readonly P[]>): Promise<P> {
  const [first, ...others] = await found;
  if (first === undefined || others.length > 0) throw new TypeError('one name must resolve to one account');
  return first;
}

function assertFit(party: Party, { unfit }: NameRules): void {
  const why = partyProblem(party);
  if (why === undefined) return;
  if (unfit === 'user_unknown' && party.kind === 'user') throw refuse('user_unknown', party.wire);
  throw refuse('recipient_unfit', party.wire, why);
}

/** A parsed name, with the text that the caller wrote. */
type RequestedName = ParsedName & { readonly text: string };

async function resolve<K extends PartyKind>(
  reader: Reader,
  given: readonly NameInput[],
  rules: NameRules<K>,
): Promise<PartyOf<K>[]> {
  const found = new Map<string, Party>();
  const unknown: RequestedName[] = [];
  for (const [name, parties] of await lookUp(reader, given, rules)) {
    for (const party of parties) {
      found.set(party.id, party);
      reader.witness?.(`${(party.kind === 'user' ? principals : roles).name}/${party.id}`, [party.id]);
    }
    if (parties.length === 0) unknown.push(name);
  }
  assertNames(unknown, rules);
  if (rules.missing !== 'leaveOut') assertNone(unknown, rules);
  return [...found.values()] as PartyOf<K>[];
}

/** Each name with its users or roles. @throws user_null; username_invalid if the rules have `lettersFirst` */
async function lookUp(
  reader: Reader,
  given: readonly NameInput[],
  rules: NameRules,
): Promise<(readonly [RequestedName, readonly Party[]])[]> {
  const requested = given.map((name) => requestedName(name, rules));
  if (rules.lettersFirst) assertNames(requested, rules);
  const users = await usersNamed(reader, requested, rules);
  const ofRoles = await rolesNamed(reader, requested);
  return requested.map((name) => [name, name.kind === 'user' ? users(name) : ofRoles(name)] as const);
}

function requestedName(given: NameInput, { kinds, clean = (text) => text }: NameRules): RequestedName {
  if (given === null || given === undefined) throw refuse('user_null');
  if (typeof given === 'string') return { text: given, ...parseName(clean(given), kinds) };
  const { accountType, account } = given;
  return { text: account, ...parseName(account, [accountType === 'User' ? 'user' : 'role']) };
}

/** @throws username_invalid */
function assertNames(requested: readonly RequestedName[], { assertName }: NameRules): void {
  for (const name of requested) if (name.kind === 'user' && name.form === 'name') assertName?.(name.name);
}

/** @throws role_unknown; user_unknown with all names, so that one request can ask the issuer about them */
function assertNone(unknown: readonly RequestedName[], { unknown: reason }: NameRules): void {
  const role = unknown.find(({ kind }) => kind === 'role');
  if (role !== undefined) throw refuse('role_unknown', role.text.replace(/^role:/, ''));
  const [first, ...others] = new Set(unknown.map(({ text }) => text));
  if (first === undefined) return;
  throw reason === undefined ? refuse('user_unknown', first, ...others) : refuse(reason, first);
}

/** Finds the users with these names, with one query for each form of name. */
async function usersNamed(
  reader: Reader,
  requested: readonly RequestedName[],
  rules: NameRules,
): Promise<(name: RequestedName) => readonly Party[]> {
  const ofUsers = requested.filter(({ kind }) => kind === 'user');
  const names = [...new Set(ofUsers.flatMap((name) => (name.form === 'name' ? [name.name] : [])))];
  const active = (await rules.people?.active(names)) ?? new Map<string, Principal>();
  const living = new Map(active);
  for (const user of await find(reader, without(names, active), (some) => ({ username: some, living: true }))) {
    living.set(user.username, user);
  }
  const ids = ofUsers.flatMap((name) =>
    name.form === 'id' ? [name.id] : name.form === 'name' && rules.bareIds ? [name.name] : [],
  );
  const byId = new Map((await find(reader, ids, (some) => ({ _id: some }))).map((user) => [user._id, user]));
  const closed = [
    ...ofUsers.flatMap((name) => (name.form === 'former' ? [name.name] : [])),
    ...(rules.formerToo ? without(names, living) : []),
  ];
  const former = await find(reader, closed, (some) => ({ username: some, living: false }));
  const profiles = rules.profiles ? await profilesOf(reader, without(names, byId)) : new Map<string, Principal>();

  const meant = (name: RequestedName): readonly (Principal | undefined)[] => {
    if (name.form === 'id') return [byId.get(name.id) ?? (rules.services ? serviceNamed(name.id) : undefined)];
    const ofName = former.filter(({ username }) => username === name.name);
    if (name.form === 'former') return ofName.filter(({ _id }) => shortId(_id) === name.short);
    const ofId = byId.get(name.name);
    // A living user's name comes before a closed account's id.
    const user = ofId?.living ? ofId : (profiles.get(name.name) ?? living.get(name.name) ?? ofId);
    if (user !== undefined) return [user];
    return rules.formerToo ? ofName : [rules.services ? serviceNamed(name.name) : undefined];
  };
  return (name) => meant(name).flatMap((user) => (user === undefined ? [] : [userParty(user)]));
}

const without = (names: readonly string[], known: ReadonlyMap<string, unknown>) => names.filter((n) => !known.has(n));

async function find(
  reader: Reader,
  values: readonly string[],
  filterOf: (some: { readonly $in: string[] }) => Filter,
): Promise<Principal[]> {
  if (values.length === 0) return [];
  return reader.find(principals, filterOf({ $in: [...values] }));
}

/** Users with a password, by the profile number that G-Node's clients use. */
async function profilesOf(reader: Reader, names: readonly string[]): Promise<Map<string, Principal>> {
  const numbers = names.filter((name) => /^\d{1,16}$/.test(name)).map(Number);
  if (numbers.length === 0) return new Map();
  const withProfile = await reader.find(passwords, { profile: { $in: numbers } });
  // A number that two users share refers to neither of them.
  const unique = withProfile.filter(
    ({ profile }) => withProfile.filter((other) => other.profile === profile).length === 1,
  );
  const profileOf = new Map(unique.map(({ _id, profile }) => [_id, String(profile)]));
  const users = await find(reader, [...profileOf.keys()], (some) => ({ _id: some }));
  return new Map(users.map((user) => [profileOf.get(user._id) ?? '', user]));
}

async function rolesNamed(
  reader: Reader,
  requested: readonly RequestedName[],
): Promise<(name: RequestedName) => readonly Party[]> {
  const ofRoles = requested.filter(({ kind }) => kind === 'role');
  if (ofRoles.length === 0) return () => [];
  const filters = ofRoles.map((name): Filter => {
    if (name.form === 'id') return { _id: { $eq: name.id } };
    return { name: { $eq: name.name }, living: name.form === 'name' };
  });
  const found = await reader.parts(roles, { $or: filters }, { fields: ['name', 'living'] });
  const isMeant = (name: RequestedName, role: RolePart) => {
    if (name.form === 'id') return role._id === name.id;
    if (name.form === 'name') return role.living && role.name === name.name;
    return !role.living && role.name === name.name && shortId(role._id) === name.short;
  };
  return (name) => found.filter((role) => isMeant(name, role)).map(roleParty);
}
