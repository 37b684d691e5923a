import { refuse } from '../errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Actor, isOneself } from './admins.ts';
import { dropFriends } from './friends.ts';
import { forgetPasswordOf } from './passwords.ts';
import {
  byWireName,
  livingByName,
  type Principal,
  type PrincipalKind,
  type PrincipalState,
  principals,
  wireName,
} from './principal.ts';
import { covers } from './rank.ts';
import { dropFromRoles, isRoleId } from './roles.ts';
import {
  type AdminRules,
  assertAdminRemains,
  bindConfigured,
  bindsByName,
  dropFromRoster,
  isConfigured,
  type Roster,
  rosterIn,
  withdrawn,
} from './roster.ts';
import { closeSessions } from './sessions.ts';
import { KBASE_ISSUER } from './token.ts';
import { assertUsername } from './usernames.ts';

/** A user as the directory shows it. */
export interface UserView {
  readonly user: string;
  readonly id: string;
  readonly kind: PrincipalKind;
  readonly state: PrincipalState;
  readonly email?: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly created: string;
  readonly closed?: string;
}

export function viewOf(p: Principal): UserView {
  return {
    user: wireName(p),
    id: p._id,
    kind: p.kind,
    state: p.state,
    ...(p.email === undefined ? {} : { email: p.email }),
    ...(p.subject === undefined ? {} : { subject: p.subject }),
    ...(p.issuer === undefined ? {} : { issuer: p.issuer }),
    created: p.createdAt.toISOString(),
    ...(p.closedAt === undefined ? {} : { closed: p.closedAt.toISOString() }),
  };
}

export interface NewUser {
  /** The `sub` of its tokens, where it is known already. */
  readonly id?: string;
  readonly email?: string;
  readonly kind?: PrincipalKind;
}

/**
 * Makes a user known before its first sign-in. Without `id` it is pending, and the first valid token with its name
 * claims it; with `id` only a token of that subject is this user.
 *
 * @throws user_null, username_invalid, invalid_params, username_taken, id_taken, exceeds_own_rights
 */
export async function addUser(
  tx: Transaction,
  rules: AdminRules,
  actor: Actor,
  issuer: string,
  user: string | null | undefined,
  more: NewUser,
): Promise<UserView> {
  const username = required(user);
  assertUsername(username);
  if (issuer === KBASE_ISSUER && more.id !== undefined && more.id !== username) {
    throw refuse('invalid_params', `id must be left out, or be ${username}: in KBase's tokens the name is the id`);
  }
  await assertMayName(tx, rules, actor, username);
  if ((await livingByName(tx, username)) !== undefined) throw refuse('username_taken', username);
  if (more.id !== undefined && (await livingBySubject(tx, issuer, more.id)) !== undefined)
    throw refuse('id_taken', more.id);
  const made = await insertPrincipal(tx, {
    username,
    kind: more.kind ?? 'person',
    ...(more.email === undefined ? {} : { email: more.email }),
    ...(more.id === undefined ? { state: 'pending' } : { state: 'active', issuer, subject: more.id }),
  });
  await bindConfigured(tx, rules);
  return viewOf(made);
}

/**
 * Inserts a living principal. Its id is its subject where that is free as an id and could not be taken for a role's, else
 * a new one.
 */
export async function insertPrincipal(
  tx: Transaction,
  fields: Pick<Principal, 'username' | 'kind' | 'state'> &
    Partial<Pick<Principal, 'email' | 'issuer' | 'subject' | 'tokenName' | 'tokenNameAt'>>,
): Promise<Principal> {
  const usable = fields.subject !== undefined && !isRoleId(fields.subject);
  const free = usable && (await tx.get(principals, fields.subject)) === null;
  return tx.insert(principals, {
    _id: free && fields.subject !== undefined ? fields.subject : tx.newId(),
    ...fields,
    living: true,
    createdAt: tx.now,
  });
}

export async function livingBySubject(reader: Reader, issuer: string, subject: string): Promise<Principal | undefined> {
  const filter = { issuer: { $eq: issuer }, subject: { $eq: subject }, living: true };
  const [found] = await reader.find(principals, filter, { limit: 1 });
  return found;
}

/**
 * Gives a user another name. Rights stay: they are bound to the id.
 *
 * @throws user_null, user_unknown, username_invalid, username_taken, account_is_closed, exceeds_own_rights
 */
export async function renameUser(
  tx: Transaction,
  rules: AdminRules,
  actor: Actor,
  user: string | null | undefined,
  newName: string,
): Promise<UserView> {
  const present = await livingUser(tx, user);
  assertUsername(newName);
  if (newName === present.username) return viewOf(present);
  await assertMayChange(tx, rules, actor, present);
  await assertMayName(tx, rules, actor, newName);
  if ((await livingByName(tx, newName)) !== undefined) throw refuse('username_taken', newName);
  const renamed = await tx.update(principals, present, { ...present, username: newName });
  await bindConfigured(tx, rules);
  await withdrawn(tx);
  return viewOf(renamed);
}

/**
 * Cuts a user off at once, everywhere; what it owns stays its own.
 *
 * @throws user_null, user_unknown, account_is_closed, protected_admin, exceeds_own_rights, last_admin
 */
export async function disableUser(
  tx: Transaction,
  rules: AdminRules,
  actor: Actor,
  user: string | null | undefined,
): Promise<UserView> {
  const present = await livingUser(tx, user);
  await assertMayCutOff(tx, rules, actor, present);
  if (present.state === 'disabled') return viewOf(present);
  const disabled = await tx.update(principals, present, { ...present, state: 'disabled' });
  await withdrawn(tx);
  await assertAdminRemains(tx, rules);
  return viewOf(disabled);
}

/** @throws user_null, user_unknown, account_is_closed, exceeds_own_rights */
export async function enableUser(
  tx: Transaction,
  rules: AdminRules,
  actor: Actor,
  user: string | null | undefined,
): Promise<UserView> {
  const present = await livingUser(tx, user);
  await assertMayChange(tx, rules, actor, present);
  if (present.state !== 'disabled') return viewOf(present);
  const state = present.subject === undefined ? 'pending' : 'active';
  const enabled = await tx.update(principals, present, { ...present, state });
  await withdrawn(tx);
  return viewOf(enabled);
}

/**
 * Closes a user's account for ever, takes its admin right and ends its roles and friendships. It stays as a former user,
 * whose tokens are refused and whose name is free for somebody else; a pending one, which nobody ever was, is gone unless
 * something names it.
 *
 * @throws user_null, user_unknown, account_is_closed, protected_admin, exceeds_own_rights, last_admin
 */
export async function deleteUser(
  tx: Transaction,
  rules: AdminRules,
  actor: Actor,
  user: string | null | undefined,
): Promise<UserView> {
  const present = await livingUser(tx, user);
  const roster = await assertMayCutOff(tx, rules, actor, present);
  await dropFromRoster(tx, roster, present._id);
  await dropFromRoles(tx, present._id);
  await dropFriends(tx, present._id);
  const named =
    present.subject !== undefined || present.named === true || roster.admins.some((a) => a.as?.includes(present._id));
  const closed = named ? await close(tx, present) : await erase(tx, present);
  await withdrawn(tx);
  await assertAdminRemains(tx, rules);
  return viewOf(closed);
}

/** Makes the principal a former one: it keeps its id, its name becomes free, and nobody logs in as it any more. */
export async function close(tx: Transaction, present: Principal): Promise<Principal> {
  await forgetPasswordOf(tx, present._id);
  await closeSessions(tx, present._id);
  return tx.update(principals, present, { ...present, state: 'former', living: false, closedAt: tx.now });
}

async function erase(tx: Transaction, present: Principal): Promise<Principal> {
  await tx.remove(principals, present);
  return { ...present, state: 'former', living: false, closedAt: tx.now };
}

/** Who gets a `ws-admin` name that nobody holds yet becomes a full admin: only a full one may hand that on. */
async function assertMayName(tx: Transaction, rules: AdminRules, actor: Actor, username: string): Promise<void> {
  const makesAdmin = rules.tokenRoles === undefined && bindsByName(rules, await rosterIn(tx), username);
  if (makesAdmin && !covers(actor.rank, { role: 'full' }))
    throw refuse('exceeds_own_rights', wireName(actor.principal));
}

async function assertMayCutOff(tx: Transaction, rules: AdminRules, actor: Actor, target: Principal): Promise<Roster> {
  const roster = await rosterIn(tx);
  if (rules.tokenRoles === undefined && isConfigured(rules, roster, target)) {
    throw refuse('protected_admin', wireName(target));
  }
  return assertMayChange(tx, rules, actor, target);
}

/**
 * Nobody changes the account of who has more rights: letting in again gives them back, and the name of an account that
 * was never signed in to decides who gets them.
 */
export async function assertMayChange(
  tx: Transaction,
  rules: AdminRules,
  actor: Actor,
  target: Principal,
): Promise<Roster> {
  const roster = await rosterIn(tx);
  if (rules.tokenRoles !== undefined || isOneself(actor, target)) return roster;
  const rights = isConfigured(rules, roster, target)
    ? ({ role: 'full' } as const)
    : roster.admins.find((a) => a.principal === target._id);
  if (rights !== undefined && !covers(actor.rank, rights))
    throw refuse('exceeds_own_rights', wireName(actor.principal));
  return roster;
}

/** The living user of this name. @throws user_null, user_unknown, account_is_closed */
export async function livingUser(reader: Reader, user: string | null | undefined): Promise<Principal> {
  const name = required(user);
  const found = await knownByWireName(reader, name);
  if (!found.living) throw refuse('account_is_closed', name);
  return found;
}

/** The principal of this wire name, living or former. @throws user_unknown */
export async function knownByWireName(reader: Reader, name: string): Promise<Principal> {
  const found = await byWireName(reader, name);
  if (found === undefined) throw refuse('user_unknown', name);
  return found;
}

/** The wire names of these principal ids, in their order; an id that nobody has stands for itself. */
export async function principalNames(reader: Reader, ids: readonly string[]): Promise<string[]> {
  const found = await reader.find(principals, { _id: { $in: [...ids] } });
  const names = new Map(found.map((p) => [p._id, wireName(p)]));
  return ids.map((id) => names.get(id) ?? id);
}

function required(user: string | null | undefined): string {
  if (user === null || user === undefined) throw refuse('user_null');
  return user;
}
