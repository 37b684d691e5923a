import { refuse } from '../base/errors.ts';
import type { Reader } from '../store/collection.ts';
import { type Principal, principals, wireName } from './principal.ts';
import { isRoleId, type RolePart, rolesByIds, roleWireName } from './roles.ts';

/** A user or a role: whatever can own something or be given a right. `wire` is the name on KBase's wire. */
export type Party =
  | { readonly kind: 'user'; readonly id: string; readonly wire: string; readonly user: Principal }
  | { readonly kind: 'role'; readonly id: string; readonly wire: string; readonly role: RolePart };

export type PartyKind = Party['kind'];
export type PartyOf<K extends PartyKind> = Extract<Party, { readonly kind: K }>;
export type UserParty = PartyOf<'user'>;

export const userParty = (user: Principal): UserParty => ({ kind: 'user', id: user._id, wire: wireName(user), user });

export const roleParty = (role: RolePart): PartyOf<'role'> => ({
  kind: 'role',
  id: role._id,
  wire: roleWireName(role),
  role,
});

/** The user or role with a stored id, in any state. @throws user_unknown, role_unknown */
export async function partyById(reader: Reader, id: string): Promise<Party> {
  if (isRoleId(id)) {
    const [role] = await rolesByIds(reader, [id]);
    if (role === undefined) throw refuse('role_unknown', id);
    return roleParty(role);
  }
  const user = await reader.get(principals, id);
  if (user === null) throw refuse('user_unknown', id);
  return userParty(user);
}

/** Whether the account is open, or the role not deleted. */
export const isLiving = (party: Party): boolean => (party.kind === 'user' ? party.user.living : party.role.living);

/** Why this user or role can be given nothing at present; undefined if they can. */
export function partyProblem(party: Party): string | undefined {
  if (party.kind === 'role') return party.role.living ? undefined : 'the role was deleted';
  if (!party.user.living) return 'the account is closed';
  return party.user.state === 'disabled' ? 'the account is disabled' : undefined;
}

/** @throws recipient_unfit for a disabled or closed user and for a deleted role */
export function assertReceives(party: Party): void {
  const why = partyProblem(party);
  if (why !== undefined) throw refuse('recipient_unfit', party.wire, why);
}
