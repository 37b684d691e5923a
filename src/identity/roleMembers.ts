import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import { holds, readExpires, sameEnd } from '../base/expiry.ts';
import type { Filter, Part, Reader } from '../store/collection.ts';
import { cursorOf, cutPage, readCursor } from '../store/cursor.ts';
import type { Transaction } from '../store/transaction.ts';
import { ROLES, USERS } from './nameRules.ts';
import type { UserParty } from './party.ts';
import type { People } from './people.ts';
import { one, resolveToGive, resolveToShow, resolveToTake } from './resolver.ts';
import { type Membership, ROLE_ID, type Role, type RolePart, roleName, roles, rolesWith } from './roles.ts';
import { advanceEpoch } from './roster.ts';

const MAX_MEMBERS = 10_000;

/** A role as it is shown. Its members are included if the caller asked for this one role. */
export interface RoleView {
  readonly name: string;
  readonly id: string;
  readonly size: number;
  readonly members?: string[];
  /** Those of the members who leave it by themselves, soonest first. */
  readonly expiring?: { readonly user: string; readonly expires: string }[];
  readonly created: string;
}

const fields = ['name', 'living', 'size', 'createdAt'] as const;
type Head = Part<Role, (typeof fields)[number]>;

function viewOf(role: Head): RoleView {
  return { name: roleName(role), id: role._id, size: role.size, created: role.createdAt.toISOString() };
}

/** The roles without those of their members whose time is over, and who were not removed yet. */
async function viewsOf(reader: Reader, shown: readonly Head[], at: Date): Promise<RoleView[]> {
  const filter = { _id: { $in: shown.map(({ _id }) => _id) }, 'members.expires': { $lte: at } };
  const wanted = { fields: ['members'] as const, expiring: { members: { until: at } } };
  const expired = new Map((await reader.parts(roles, filter, wanted)).map((r) => [r._id, r.members.length]));
  return shown.map((role) => viewOf({ ...role, size: role.size - (expired.get(role._id) ?? 0) }));
}

/** The parameters of `createRole`. */
interface NewRole extends Omit<NewMembers, 'members'> {
  readonly members?: readonly string[];
}

/** @throws invalid_params, role_name_taken, username_invalid, user_unknown, recipient_unfit */
export async function createRole(tx: Transaction, { name, members = [], expires: end }: NewRole): Promise<RoleView> {
  // A name must not look like another form in which callers name roles.
  if (name !== name.trim() || /~[0-9a-f]{8}$|^id:|^role:/.test(name)) {
    throw refuse(
      'invalid_params',
      'The name of a role has no blanks around it, and is not of the form id:…, role:… or …~<8 hexadecimal digits>',
    );
  }
  const expires = readExpires(end, tx.now);
  if (expires !== undefined && members.length === 0) {
    throw refuse('invalid_params', 'expires is for members, and there are none: name them, or leave expires out');
  }
  const [holder] = await tx.parts(roles, { name: { $eq: name }, living: true }, { fields: [] });
  if (holder !== undefined) throw refuse('role_name_taken', name);
  const users = await resolveToGive(tx, members, USERS);
  const made = await tx.insert(roles, {
    _id: tx.newId(ROLE_ID),
    name,
    living: true,
    size: users.length,
    members: users.map(({ id }): Membership => ({ principal: id, ...defined({ expires }) })),
    createdAt: tx.now,
  });
  await advanceEpoch(tx);
  return viewOf(made);
}

/** The parameters of `addRoleMembers`. */
export interface NewMembers {
  readonly name: string;
  readonly members: readonly string[];
  /** Until when; absent for ever. */
  readonly expires?: string;
}

/**
 * Makes users members until this instant, in place of an expiry that they had.
 *
 * @throws role_unknown, username_invalid, user_unknown, recipient_unfit, invalid_params
 */
export async function addRoleMembers(tx: Transaction, { name, members, expires: end }: NewMembers): Promise<RoleView> {
  const expires = readExpires(end, tx.now);
  const { _id } = await roleToChange(tx, name);
  const users = await resolveToGive(tx, members, USERS);
  const present = await readMembers(tx, _id, users);
  const held = new Map(present.members.map((m) => [m.principal, m]));
  const added = users.filter((u) => !held.has(u.id)).length;
  if (present.size + added > MAX_MEMBERS) {
    throw refuse('invalid_params', `A role can have at most ${MAX_MEMBERS} members`);
  }
  const all = users.map(({ id }): Membership => {
    const present = held.get(id);
    const wanted: Membership = { principal: id, ...defined({ expires }) };
    return present !== undefined && sameEnd(present, wanted) ? present : wanted;
  });
  return changed(tx, present, { ...present, members: all, size: present.size + added });
}

/** Takes users out of a role. It is no error if they are not in it. @throws role_unknown, user_unknown */
export async function removeRoleMembers(tx: Transaction, name: string, members: readonly string[]): Promise<RoleView> {
  const { _id } = await roleToChange(tx, name);
  const users = await resolveToTake(tx, members, USERS);
  const present = await readMembers(tx, _id, users);
  return changed(tx, present, { ...present, members: [], size: present.size - present.members.length });
}

/** Makes a role a former one, without members; its name is free. The caller must make sure that it owns nothing. */
export async function closeRole(tx: Transaction, id: string): Promise<RoleView> {
  const present = await tx.get(roles, id);
  if (present === null) throw refuse('role_unknown', id);
  const closed = { ...present, living: false, members: [], size: 0, closedAt: tx.now };
  return changed(tx, present, closed);
}

async function changed<P extends Head>(tx: Transaction, before: P, after: P): Promise<RoleView> {
  const role = await tx.update(roles, before, after);
  if (role.revision !== before.revision) await advanceEpoch(tx);
  const [view] = await viewsOf(tx.untracked, [role], tx.now);
  return view ?? viewOf(role);
}

/** The role with its size and, of its members, only those who are among these users. */
async function readMembers(tx: Transaction, id: string, users: readonly UserParty[]) {
  const wanted = { fields: [...fields, 'members'] as const, items: { members: users.map((user) => user.id) } };
  const [found] = await tx.parts(roles, { _id: { $eq: id } }, wanted);
  if (found === undefined) throw refuse('role_unknown', id);
  return found;
}

/** The role of this name, unless it was deleted. @throws role_unknown */
export async function roleToChange(tx: Transaction, name: string): Promise<RolePart> {
  const { role } = await one(resolveToShow(tx, [name], ROLES));
  if (!role.living) throw refuse('role_unknown', name);
  return role;
}

export interface RoleQuery {
  readonly name?: string;
  readonly member?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

/** Where roles are read, and the instant at which memberships must hold. */
export interface RoleReads {
  readonly reader: Reader;
  readonly people: People;
  readonly at: Date;
}

const PAGE = 100;
const LIST = 'roles';

/**
 * The roles by name, a page at a time; if a name is given, that role with its members.
 *
 * @throws role_unknown, user_unknown, invalid_params
 */
export async function listRoles(
  { reader, people, at }: RoleReads,
  query: RoleQuery,
): Promise<{ roles: RoleView[]; next?: string }> {
  const { name, member, cursor, limit = PAGE } = query;
  if (name !== undefined) return { roles: [await roleWithMembers({ reader, people, at }, name)] };
  const filters: Filter[] = [{ living: true }];
  if (member !== undefined) {
    const { id } = await one(resolveToShow(reader, [member], USERS));
    filters.push(rolesWith(id, at));
  }
  if (cursor !== undefined) filters.push({ name: { $gt: readCursor(LIST, cursor, ['text'])[0] } });
  const found = await reader.parts(roles, { $and: filters }, { fields, sort: { name: 1 }, limit: limit + 1 });
  const { page, last } = cutPage(found, limit);
  return { roles: await viewsOf(reader, page, at), ...defined({ next: last && cursorOf(LIST, last.name) }) };
}

async function roleWithMembers({ reader, people, at }: RoleReads, name: string): Promise<RoleView> {
  const { id } = await one(resolveToShow(reader, [name], ROLES));
  const role = await reader.get(roles, id);
  if (role === null) throw refuse('role_unknown', name);
  const members = role.members.filter((member) => holds(member, at));
  const nameOf = await people.names(members.map((m) => m.principal));
  const expiring = members
    .flatMap(({ principal, expires }) =>
      expires === undefined ? [] : [{ user: nameOf(principal), expires: expires.toISOString() }],
    )
    .sort((a, b) => compare(`${a.expires} ${a.user}`, `${b.expires} ${b.user}`));
  return {
    ...viewOf({ ...role, size: members.length }),
    members: members.map(({ principal }) => nameOf(principal)).sort(),
    ...(expiring.length === 0 ? {} : { expiring }),
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : 1);
