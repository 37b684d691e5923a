import { refuse } from '../errors.ts';
import { byWireName, livingByName, type Principal, principals, wireName } from '../identity/principal.ts';
import { assertRoleReceives, assertUserReceives } from '../identity/receivers.ts';
import { isRoleId, livingRole, type RolePart, roleByName, roleNameIn, roles, roleWireName } from '../identity/roles.ts';
import type { Reader } from '../store/collection.ts';

/** Who owns something, or is to own it: a user or a role. */
export type Party =
  | { readonly kind: 'user'; readonly id: string; readonly wire: string; readonly user: Principal }
  | { readonly kind: 'role'; readonly id: string; readonly wire: string; readonly role: RolePart };

const ID = /^id:(.+)$/s;

/**
 * Who is meant, living or former: the name of a user (`name~<short id>` for a former one), `role:<name>`, or `id:<id>`,
 * which no name can look like.
 *
 * @throws user_unknown, role_unknown
 */
export async function partyOf(reader: Reader, given: string): Promise<Party> {
  const id = ID.exec(given)?.[1];
  if (id !== undefined) return partyById(reader, id);
  const role = roleNameIn(given);
  if (role !== undefined) return ofRole(await roleByName(reader, role));
  const user = await byWireName(reader, given);
  if (user === undefined) throw refuse('user_unknown', given);
  return ofUser(user);
}

/** @throws user_unknown, role_unknown */
export async function partyById(reader: Reader, id: string): Promise<Party> {
  if (isRoleId(id)) {
    const [role] = await reader.parts(roles, { _id: { $eq: id } }, { fields: ['name', 'living'] });
    if (role === undefined) throw refuse('role_unknown', id);
    return ofRole(role);
  }
  const user = await reader.get(principals, id);
  if (user === null) throw refuse('user_unknown', id);
  return ofUser(user);
}

/**
 * Who is to receive something: a user who is let in, or will be once it comes, or a role that is there.
 *
 * @throws user_unknown, role_unknown, recipient_unfit
 */
export async function recipientOf(reader: Reader, given: string): Promise<Party> {
  const party = await partyOf(reader, given);
  assertCanReceive(party);
  return party;
}

/**
 * As an account of its own kind: Oracle names users and roles apart.
 *
 * @throws user_unknown, role_unknown, recipient_unfit
 */
export async function recipientOfKind(
  reader: Reader,
  accountType: 'User' | 'ApplicationRole',
  name: string,
): Promise<Party> {
  if (accountType === 'ApplicationRole') return ofRole(await livingRole(reader, name));
  const byId = ID.exec(name)?.[1];
  // Oracle's owner is a user's id, and in its examples the name to sign in with. Whoever takes somebody's id for a name
  // receives nothing by it; a closed account, which can receive nothing, does not stand in the way of a name.
  const ofId = await reader.get(principals, byId ?? name);
  const named = byId !== undefined || ofId?.living === true ? undefined : await livingByName(reader, name);
  const user = named ?? ofId;
  if (user === undefined || user === null) throw refuse('user_unknown', name);
  const party = ofUser(user);
  assertCanReceive(party);
  return party;
}

/** @throws recipient_unfit */
export function assertCanReceive(party: Party): void {
  if (party.kind === 'role') assertRoleReceives(party.role);
  else assertUserReceives(party.user);
}

const ofUser = (user: Principal): Party => ({ kind: 'user', id: user._id, wire: wireName(user), user });
const ofRole = (role: RolePart): Party => ({ kind: 'role', id: role._id, wire: roleWireName(role), role });
