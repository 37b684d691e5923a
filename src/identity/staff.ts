import { defined } from '../base/defined.ts';
import { fieldsInvalid, refuse } from '../base/errors.ts';
import { utf8Size } from '../base/text.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Actor, Administering } from './actor.ts';
import { staffById, staffToChange } from './changing.ts';
import { deleteUser, renameUser, type UserView } from './directory.ts';
import { makePrincipal } from './makePrincipal.ts';
import { withoutSpaces } from './nameRules.ts';
import { assertReceives, userParty } from './party.ts';
import { setPasswordOf } from './passwords.ts';
import { ACCOUNTS_ISSUER, livingByName, type Principal, principals, wireName } from './principal.ts';
import { covers } from './rank.ts';
import { dropFromRoster, type Roster, rosterIn, rosters } from './roster.ts';
import { assertUsername } from './usernames.ts';

/** A staff account, as the University of Toronto's IIIF API shows it. */
export interface StaffView {
  readonly id: string;
  readonly username: string;
  readonly email?: string;
  readonly is_staff: true;
  readonly is_active: boolean;
  readonly is_superuser: boolean;
  readonly date_joined: string;
}

/** The fields of an account as a caller sent them, some of which may be missing or invalid. */
interface StaffFields {
  readonly username?: string;
  readonly email?: string;
  readonly password?: string;
}

export interface NewStaff extends StaffFields {
  /** Whether the account administers staff and the resources of IIIF. */
  readonly admin: boolean;
}

/** The rights of an administrator of staff: everything, of IIIF only. */
const STAFF_ADMIN = { role: 'full', scope: 'iiif' } as const;

const EMAIL = /^[^\s@<>"(),:;[\]\\]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$/;
const REQUIRED = ['This field is required.'];

/**
 * Makes a staff account.
 *
 * @throws staff_name_taken, staff_email_taken, staff_fields_invalid, name_reserved, exceeds_own_rights
 */
export async function createStaff(
  tx: Transaction,
  { rules, actor }: Administering,
  { admin, ...sent }: NewStaff,
): Promise<StaffView> {
  const account = trimmed(sent);
  await assertFree(tx, account);
  assertFields(account, ['username', 'password']);
  const { username = '', email, password = '' } = account;
  const subject = tx.newId();
  const made = await makePrincipal(tx, rules, {
    by: 'administrator',
    ...{ username, kind: 'staff', state: 'active', issuer: ACCOUNTS_ISSUER, subject },
    ...defined({ email }),
  });
  await setPasswordOf(tx, made._id, password);
  if (admin) await promote(tx, actor, made);
  return viewOf(made, admin);
}

/** Changes of an account, except for the password, which has a command of its own. */
export interface StaffChanges {
  readonly id: string;
  readonly username?: string;
  readonly email?: string;
  readonly is_superuser?: boolean;
}

/**
 * Changes a staff account. A new name invalidates the account's tokens. What they own stays theirs.
 *
 * @throws staff_unknown, staff_name_taken, staff_email_taken, staff_fields_invalid, name_reserved, exceeds_own_rights,
 *   recipient_unfit
 */
export async function updateStaff(
  tx: Transaction,
  by: Administering,
  { id, ...sent }: StaffChanges,
): Promise<StaffView> {
  const present = await staffToChange(tx, by, id);
  const changes = trimmed(sent);
  await assertFree(tx, changes, id);
  assertFields(changes, []);
  if (changes.username !== undefined) {
    await renameUser(tx, by, { user: present.username, newName: changes.username });
  }
  const renamed = await staffById(tx, id);
  const { email = renamed.email } = changes;
  const changed = email === undefined ? renamed : await tx.update(principals, renamed, { ...renamed, email });
  if (changes.is_superuser === true) await promote(tx, by.actor, changed);
  if (changes.is_superuser === false) await demote(tx, by.actor, changed);
  return viewOf(changed, isStaffAdmin(await rosterIn(tx), id));
}

/**
 * Closes a staff account for ever. The name is free for somebody else, who inherits nothing.
 *
 * @throws staff_unknown, exceeds_own_rights, protected_admin, last_admin
 */
export async function deleteStaff(tx: Transaction, by: Administering, id: string): Promise<UserView> {
  const present = await staffToChange(tx, by, id);
  return deleteUser(tx, by, present.username);
}

/** The staff accounts that are not administrators, oldest first. */
export async function listStaff(reader: Reader, roster: Roster): Promise<StaffView[]> {
  const found = await reader.find(
    principals,
    { kind: { $eq: 'staff' }, living: true },
    { sort: { createdAt: 1, _id: 1 } },
  );
  return found.filter((p) => !isStaffAdmin(roster, p._id)).map((p) => viewOf(p, false));
}

/** @throws staff_name_taken, staff_email_taken if another account has the name or the address */
async function assertFree(reader: Reader, { username, email }: NameAndAddress, own?: string): Promise<void> {
  const holder = username === undefined ? undefined : await livingByName(reader, username);
  if (holder !== undefined && holder._id !== own) throw refuse('staff_name_taken');
  const sharing = email === undefined ? undefined : await livingStaffByEmail(reader, email);
  if (sharing !== undefined && sharing._id !== own) throw refuse('staff_email_taken');
}

/**
 * Refuses a name or an address of a staff account. Always runs the same queries, so that the time of the answer tells
 * nothing about other people.
 *
 * @throws staff_name_taken, staff_email_taken
 */
export async function assertFreeOfStaff(reader: Reader, account: NameAndAddress): Promise<void> {
  const { username, email } = trimmed(account);
  const holder = username === undefined ? undefined : await livingByName(reader, username);
  const sharing = email === undefined ? undefined : await livingStaffByEmail(reader, email);
  if (holder?.kind === 'staff') throw refuse('staff_name_taken');
  if (sharing !== undefined) throw refuse('staff_email_taken');
}

async function livingStaffByEmail(reader: Reader, email: string): Promise<Principal | undefined> {
  const filter = { issuer: { $eq: ACCOUNTS_ISSUER }, kind: { $eq: 'staff' }, email: { $eq: email }, living: true };
  const [found] = await reader.find(principals, filter, { limit: 1 });
  return found;
}

type NameAndAddress = Pick<StaffFields, 'username' | 'email'>;

function trimmed<T extends NameAndAddress>(account: T): T {
  const { username, email } = account;
  return {
    ...account,
    ...defined({ username: username && withoutSpaces(username), email: email && withoutSpaces(email) }),
  };
}

/** @throws staff_fields_invalid with the faults of all fields */
function assertFields(account: StaffFields, required: readonly (keyof StaffFields)[]): void {
  const wrong: Record<string, readonly string[]> = {};
  for (const field of required) if (account[field] === undefined) wrong[field] = REQUIRED;
  for (const [field, value] of Object.entries(account))
    if (value === '') wrong[field] = ['This field may not be blank.'];
  if (account.username !== undefined && account.username !== '' && !isUsername(account.username)) {
    wrong.username = ['Enter a valid username of at most 100 letters, digits and _ . @ - characters.'];
  }
  if (
    account.email !== undefined &&
    account.email !== '' &&
    !(EMAIL.test(account.email) && utf8Size(account.email) <= 254)
  ) {
    wrong.email = ['Enter a valid email address.'];
  }
  if (Object.keys(wrong).length > 0) throw fieldsInvalid(wrong);
}

function isUsername(name: string): boolean {
  try {
    assertUsername(name);
    return true;
  } catch {
    return false;
  }
}

const isStaffAdmin = (roster: Roster, id: string) =>
  roster.admins.some((a) => a.principal === id && a.scope === STAFF_ADMIN.scope);

async function promote(tx: Transaction, actor: Actor, account: Principal): Promise<void> {
  assertReceives(userParty(account));
  const roster = await rosterIn(tx);
  // Whoever is an administrator already, maybe with other rights, stays one.
  if (roster.admins.some((a) => a.principal === account._id)) return;
  if (!covers(actor.rank, STAFF_ADMIN)) throw refuse('exceeds_own_rights', wireName(actor.principal));
  const entry = { principal: account._id, ...STAFF_ADMIN, addedAt: tx.now, addedBy: actor.principal._id };
  await tx.update(rosters, roster, { ...roster, admins: [...roster.admins, entry] });
}

async function demote(tx: Transaction, actor: Actor, account: Principal): Promise<void> {
  const roster = await rosterIn(tx);
  if (!isStaffAdmin(roster, account._id)) return;
  if (!covers(actor.rank, STAFF_ADMIN)) throw refuse('exceeds_own_rights', wireName(actor.principal));
  await dropFromRoster(tx, roster, account._id);
}

function viewOf({ _id: id, username, email, state, createdAt }: Principal, admin: boolean): StaffView {
  const flags = { is_staff: true, is_active: state === 'active', is_superuser: admin } as const;
  return { id, username, ...defined({ email }), ...flags, date_joined: createdAt.toISOString() };
}
