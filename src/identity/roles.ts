import { type Expiring, holdingAt } from '../base/expiry.ts';
import { collection, type Part, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { shortId } from './principal.ts';

/** One user in a role, by id. */
export interface Membership extends Expiring {
  readonly principal: string;
}

/**
 * An application role: a named set of users. Its members have whatever it is given, and own whatever it owns. A deleted
 * role stays as a former one, so that grants to it can still be shown; its name is free again.
 */
export interface Role extends Stored {
  readonly name: string;
  /** False for a deleted role. Names are unique among the living ones. */
  readonly living: boolean;
  readonly members: readonly Membership[];
  /** The number of members, expired ones included until they are removed, so that lists need not read them. */
  readonly size: number;
  readonly createdAt: Date;
  readonly closedAt?: Date;
}

export const roles = collection<Role>('roles', {
  indexes: [
    { key: { name: 1 }, name: 'living_name', unique: true, partialFilterExpression: { living: true } },
    { key: { name: 1, _id: 1 }, name: 'name' },
    { key: { 'members.principal': 1 }, name: 'members' },
    // Only memberships that expire are in it.
    { key: { 'members.expires': 1 }, name: 'members_expiring', sparse: true },
  ],
  keyedLists: { members: 'principal' },
  internal: ['size'],
});

/** A role without its members. */
export type RolePart = Part<Role, 'name' | 'living'>;

export const ROLE_ID = 'role-';

/** Whether an id is a role's: no user's id has this prefix. */
export const isRoleId = (id: string): boolean => id.startsWith(ROLE_ID);

const ROLE = 'role:';

/** The name after `role:`, undefined for other names. No user's name has a colon. */
export function roleNameIn(wireName: string): string | undefined {
  return wireName.startsWith(ROLE) ? wireName.slice(ROLE.length) : undefined;
}

/** The name of a role where only roles are possible: `name`, or `name~<short id>` for a former one. */
export function roleName({ _id, name, living }: Pick<Role, '_id' | 'name' | 'living'>): string {
  return living ? name : `${name}~${shortId(_id)}`;
}

/** The name of a role where users are possible too. */
export const roleWireName = (role: Pick<Role, '_id' | 'name' | 'living'>): string => ROLE + roleName(role);

const head = ['name', 'living'] as const;

/** The roles of these ids, in no particular order. */
export function rolesByIds(reader: Reader, ids: readonly string[]): Promise<RolePart[]> {
  return reader.parts(roles, { _id: { $in: [...ids] } }, { fields: head });
}

/** The membership of a user in a role. */
export interface RoleOfUser extends Expiring {
  /** The role's id. */
  readonly role: string;
}

/** The roles of a user by id, those included that have expired and were not removed yet. */
export async function rolesOf(reader: Reader, principal: string): Promise<RoleOfUser[]> {
  const wanted = { fields: ['members'] as const, items: { members: [principal] } };
  const found = await reader.parts(roles, { 'members.principal': { $eq: principal } }, wanted);
  const all = found.map(({ _id: role, members: [membership] }) => ({ role, ...expiresOf(membership) }));
  return all.sort((a, b) => (a.role < b.role ? -1 : 1));
}

const expiresOf = (membership: Membership | undefined): Expiring =>
  membership?.expires === undefined ? {} : { expires: membership.expires };

/** The filter for the roles of a user at this instant. */
export const rolesWith = (principal: string, at: Date) => ({
  members: { $elemMatch: { principal: { $eq: principal }, ...holdingAt(at) } },
});

/** Takes a user out of every role, as when their account is closed. The caller must call `advanceEpoch`. */
export async function dropFromRoles(tx: Transaction, principal: string): Promise<void> {
  const items = { members: [principal] };
  const within = { 'members.principal': { $eq: principal } };
  const found = await tx.parts(roles, within, { fields: ['size', 'members'], items });
  for (const role of found) await tx.update(roles, role, { ...role, members: [], size: role.size - 1 });
}
