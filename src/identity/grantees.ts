import type { Reader } from '../store/collection.ts';
import { kbaseUsers, kbaseUsersToRemove } from './kbaseUsers.ts';
import type { People } from './people.ts';
import { type Principal, wireName } from './principal.ts';
import { livingRole, type RolePart, roleByName, roleNameIn, roleWireName } from './roles.ts';

/** Who is given a permission in KBase's dialect, or loses it: a user, or a role, which is named `role:<name>` there. */
export interface Grantee {
  readonly _id: string;
  /** As KBase's wire has it. */
  readonly name: string;
  readonly user?: Principal;
}

/** Those of these names, each once, users before roles. @throws user_null, username_invalid, user_unknown, role_unknown */
export async function grantees(reader: Reader, people: People, names: readonly (string | null)[]): Promise<Grantee[]> {
  const users = await kbaseUsers(reader, people, names.filter(isUser));
  return [...users.map(ofUser), ...(await rolesIn(names, (name) => livingRole(reader, name)))];
}

/** As {@link grantees}, for those who lose something: also who is disabled, or closed (`name~<short id>`). */
export async function granteesToRemove(reader: Reader, names: readonly (string | null)[]): Promise<Grantee[]> {
  const users = await kbaseUsersToRemove(reader, names.filter(isUser));
  return [...users.map(ofUser), ...(await rolesIn(names, (name) => roleByName(reader, name)))];
}

const isUser = (name: string | null) => roleNameIn(name ?? '') === undefined;

const ofUser = (user: Principal): Grantee => ({ _id: user._id, name: wireName(user), user });

async function rolesIn(
  names: readonly (string | null)[],
  find: (name: string) => Promise<RolePart>,
): Promise<Grantee[]> {
  const wanted = new Set(names.flatMap((name) => roleNameIn(name ?? '') ?? []));
  const found: Grantee[] = [];
  for (const name of wanted) {
    const role = await find(name);
    found.push({ _id: role._id, name: roleWireName(role) });
  }
  return found;
}
