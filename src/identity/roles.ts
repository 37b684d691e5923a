import { collection, type Part, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { shortId } from './principal.ts';

/** One user in a role. */
export interface Membership {
  /** The principal's id. */
  readonly principal: string;
}

/**
 * An application role: a set of users under a name. What is given to it, its members have; what it owns, they own. A
 * deleted one stays as a former role, so that a grant to it still has a name, and its own name is free again.
 */
export interface Role extends Stored {
  readonly name: string;
  /** Set only where the name is taken: unique among the living. */
  readonly living: boolean;
  readonly members: readonly Membership[];
  /** How many members there are: lists do not read them all. */
  readonly size: number;
  readonly createdAt: Date;
  readonly closedAt?: Date;
}

export const roles = collection<Role>('roles', {
  indexes: [
    { key: { name: 1 }, name: 'living_name', unique: true, partialFilterExpression: { living: true } },
    { key: { name: 1, _id: 1 }, name: 'name' },
    { key: { 'members.principal': 1 }, name: 'members' },
  ],
  keyedLists: { members: 'principal' },
});

/** What is known of a role without reading all its members. */
export type RolePart = Part<Role, 'name' | 'living'>;

export const ROLE_ID = 'role-';

/** Whether an id is that of a role: no user's id begins like it. */
export const isRoleId = (id: string): boolean => id.startsWith(ROLE_ID);

const ROLE = 'role:';

/** What stands after `role:` in a name on the wire: no user's name has a colon. */
export function roleNameIn(wireName: string): string | undefined {
  return wireName.startsWith(ROLE) ? wireName.slice(ROLE.length) : undefined;
}

/** The name of a role where its kind is plain: `name`, or `name~<short id>` for a former one. */
export function roleName({ _id, name, living }: Pick<Role, '_id' | 'name' | 'living'>): string {
  return living ? name : `${name}~${shortId(_id)}`;
}

/** The name of a role among those of users. */
export const roleWireName = (role: Pick<Role, '_id' | 'name' | 'living'>): string => ROLE + roleName(role);

const head = ['name', 'living'] as const;

/** The roles of these ids, in no particular order. */
export function rolesByIds(reader: Reader, ids: readonly string[]): Promise<RolePart[]> {
  return reader.parts(roles, { _id: { $in: [...ids] } }, { fields: head });
}

/** The ids of the roles that a user is in. */
export async function rolesOf(reader: Reader, principal: string): Promise<string[]> {
  const found = await reader.parts(roles, { 'members.principal': { $eq: principal } }, { fields: [] });
  return found.map((role) => role._id).sort();
}

/** Takes a user out of every role, as when its account is closed; the caller tells all instances (`withdrawn`). */
export async function dropFromRoles(tx: Transaction, principal: string): Promise<void> {
  const items = { members: [principal] };
  const within = { 'members.principal': { $eq: principal } };
  const found = await tx.parts(roles, within, { fields: ['size', 'members'], items });
  for (const role of found) await tx.update(roles, role, { ...role, members: [], size: role.size - 1 });
}
