import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Administering } from './actor.ts';
import { userToChange, userToCutOff } from './changing.ts';
import { bindsByName } from './configuredAdmins.ts';
import { dropFriends } from './friends.ts';
import { makePrincipal, remakePrincipal, renamePrincipal } from './makePrincipal.ts';
import { forgetPasskeysOf } from './passkeys.ts';
import { forgetPasswordOf } from './passwords.ts';
import {
  isLocalAccount,
  livingByName,
  type Principal,
  type PrincipalKind,
  type PrincipalState,
  principals,
  wireName,
} from './principal.ts';
import { covers } from './rank.ts';
import { dropFromRoles } from './roles.ts';
import { advanceEpoch, assertAdminRemains, forgetOnRoster, rosterIn } from './roster.ts';
import { closeSessions } from './sessions.ts';
import { forgetTicketsOf } from './tickets.ts';
import { KBASE_ISSUER } from './token.ts';
import { forgetTotpOf } from './totp.ts';
import { assertUsername, required } from './usernames.ts';

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

export function viewOf(principal: Principal): UserView {
  const { _id: id, kind, state, email, subject, issuer, createdAt, closedAt } = principal;
  return {
    user: wireName(principal),
    id,
    kind,
    state,
    ...defined({ email, subject, issuer }),
    created: createdAt.toISOString(),
    ...defined({ closed: closedAt?.toISOString() }),
  };
}

export interface NewUser {
  readonly user: string | null | undefined;
  /** The issuer of their tokens. */
  readonly issuer: string;
  /** The `sub` of their tokens, if it is known already. */
  readonly id?: string;
  readonly email?: string;
  readonly kind?: PrincipalKind;
}

/**
 * Adds a user before their first sign-in. Without `id` they are pending, and the first valid token with their name
 * claims them; with `id` only a token of that subject is theirs.
 *
 * @throws user_null, username_invalid, invalid_params, username_taken, id_taken, name_reserved, id_reserved,
 *   exceeds_own_rights
 */
export async function addUser(tx: Transaction, by: Administering, user: NewUser): Promise<UserView> {
  const { issuer, id, email, kind = 'person' } = user;
  const username = required(user.user);
  assertUsername(username);
  if (issuer === KBASE_ISSUER && id !== undefined && id !== username) {
    throw refuse('invalid_params', `id must be left out, or be ${username}: in KBase's tokens the name is the id`);
  }
  await assertMayName(tx, by, username);
  if ((await livingByName(tx, username)) !== undefined) throw refuse('username_taken', username);
  if (id !== undefined && (await livingBySubject(tx, issuer, id)) !== undefined) throw refuse('id_taken', id);
  const made = await makePrincipal(tx, by.rules, {
    by: 'administrator',
    username,
    kind,
    ...defined({ email }),
    ...(id === undefined ? { state: 'pending' } : { state: 'active', issuer, subject: id }),
  });
  return viewOf(made);
}

/** Adds a user again who was erased, with their id: nothing refers to it. @throws username_taken, exceeds_own_rights */
export async function addErased(tx: Transaction, by: Administering, erased: Principal): Promise<void> {
  await assertMayName(tx, by, erased.username);
  if ((await livingByName(tx, erased.username)) !== undefined) throw refuse('username_taken', erased.username);
  await remakePrincipal(tx, by.rules, erased);
}

export async function livingBySubject(reader: Reader, issuer: string, subject: string): Promise<Principal | undefined> {
  const filter = { issuer: { $eq: issuer }, subject: { $eq: subject }, living: true };
  const [found] = await reader.find(principals, filter, { limit: 1 });
  return found;
}

/**
 * Gives a user another name. They keep their rights, which are bound to the id.
 *
 * @throws user_null, user_unknown, username_invalid, username_taken, name_reserved, account_is_closed,
 *   exceeds_own_rights
 */
export async function renameUser(
  tx: Transaction,
  by: Administering,
  { user, newName }: { readonly user: string | null | undefined; readonly newName: string },
): Promise<UserView> {
  const present = await userToChange(tx, by, user);
  assertUsername(newName);
  if (newName === present.username) return viewOf(present);
  // Staff cannot have a reserved name at all, whatever the actor's rights: `renamePrincipal` refuses it.
  if (!isLocalAccount(present)) await assertMayName(tx, by, newName);
  if ((await livingByName(tx, newName)) !== undefined) throw refuse('username_taken', newName);
  const renamed = await renamePrincipal(tx, by.rules, { present, username: newName });
  await forgetTicketsOf(tx, renamed);
  await advanceEpoch(tx);
  return viewOf(renamed);
}

/**
 * Disables a user at once on all instances, and ends their sessions for good. They keep what they own, their password and
 * their other proofs of identity.
 *
 * @throws user_null, user_unknown, account_is_closed, protected_admin, exceeds_own_rights, last_admin
 */
export async function disableUser(
  tx: Transaction,
  by: Administering,
  user: string | null | undefined,
): Promise<UserView> {
  const present = await userToCutOff(tx, by, user);
  if (present.state === 'disabled') return viewOf(present);
  const disabled = await tx.update(principals, present, { ...present, state: 'disabled', disabledAt: tx.now });
  await closeSessions(tx, present._id);
  await forgetTicketsOf(tx, present);
  await advanceEpoch(tx);
  await assertAdminRemains(tx, by.rules);
  return viewOf(disabled);
}

/** @throws user_null, user_unknown, account_is_closed, exceeds_own_rights */
export async function enableUser(tx: Transaction, by: Administering, user: string | null | undefined) {
  const present = await userToChange(tx, by, user);
  if (present.state !== 'disabled') return viewOf(present);
  const state = present.subject === undefined ? 'pending' : 'active';
  const enabled = await tx.update(principals, present, { ...present, state });
  await advanceEpoch(tx);
  return viewOf(enabled);
}

/**
 * Closes a user's account for ever, and takes away their admin right, roles and friendships. They remain as a former
 * user, whose tokens are refused and whose name can be used again. A pending user whom nothing refers to is erased.
 *
 * @throws user_null, user_unknown, account_is_closed, protected_admin, exceeds_own_rights, last_admin
 */
export async function deleteUser(
  tx: Transaction,
  by: Administering,
  user: string | null | undefined,
): Promise<UserView> {
  const present = await userToCutOff(tx, by, user);
  const roster = await rosterIn(tx);
  await forgetOnRoster(tx, roster, present._id);
  await dropFromRoles(tx, present._id);
  await dropFriends(tx, present._id);
  const named =
    present.subject !== undefined || present.named === true || roster.admins.some((a) => a.as?.includes(present._id));
  const closed = named ? await close(tx, present) : await erase(tx, present);
  await advanceEpoch(tx);
  await assertAdminRemains(tx, by.rules);
  return viewOf(closed);
}

/**
 * Makes a principal a former one: the id stays, the name becomes free, and nobody can sign in as this user any more.
 */
export async function close(tx: Transaction, present: Principal): Promise<Principal> {
  await forgetPasswordOf(tx, present._id);
  await closeSessions(tx, present._id);
  await forgetTicketsOf(tx, present);
  await forgetTotpOf(tx, present._id);
  await forgetPasskeysOf(tx, present._id);
  return tx.update(principals, present, { ...present, state: 'former', living: false, closedAt: tx.now });
}

async function erase(tx: Transaction, present: Principal): Promise<Principal> {
  await tx.remove(principals, present);
  return { ...present, state: 'former', living: false, closedAt: tx.now };
}

/** A user who gets an unbound name of `ws-admin` becomes a full admin: only a full admin may give it to them. */
async function assertMayName(tx: Transaction, { rules, actor }: Administering, username: string): Promise<void> {
  const makesAdmin = rules.tokenRoles === undefined && bindsByName(rules, await rosterIn(tx), username);
  if (makesAdmin && !covers(actor.rank, { role: 'full' }))
    throw refuse('exceeds_own_rights', wireName(actor.principal));
}

/** The wire names of these principal ids, in their order; an unknown id is its own name. */
export async function principalNames(reader: Reader, ids: readonly string[]): Promise<string[]> {
  const found = await reader.find(principals, { _id: { $in: [...ids] } });
  const names = new Map(found.map((p) => [p._id, wireName(p)]));
  return ids.map((id) => names.get(id) ?? id);
}
