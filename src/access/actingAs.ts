import type { Circle, People } from '../identity/people.ts';
import type { Principal } from '../identity/principal.ts';

/** A user with what is its own, and what it has by its roles and friends. */
export interface ActingUser extends Circle {
  readonly as: 'user';
  readonly principal: Principal;
}

/**
 * The authority under which something is done: as a user, with that user's rights and no others; as an administrator,
 * with all rights; or by nobody known.
 */
export type ActingAs = ActingUser | { readonly as: 'admin' } | { readonly as: 'anonymous' };

export async function asUser(people: People, principal: Principal): Promise<ActingUser> {
  return { as: 'user', principal, ...(await people.circle(principal._id)) };
}

/** As the user with its own rights alone: where it is known to be the owner, and so needs nobody else's. */
export const asOwner = (principal: Principal): ActingUser => ({ as: 'user', principal, roles: [], friends: [] });

export const asAdmin: ActingAs = { as: 'admin' };

export const asAnybody: ActingAs = { as: 'anonymous' };

/** As this user, or as nobody known. */
export async function asCaller(people: People, principal: Principal | undefined): Promise<ActingAs> {
  return principal === undefined ? asAnybody : asUser(people, principal);
}

/** As this user, or without one as administrator: what an optional subject means. */
export async function asSubject(people: People, subject: Principal | undefined): Promise<ActingAs> {
  return subject === undefined ? asAdmin : asUser(people, subject);
}

/** Under whose id something may be given to who acts: its own, and those of its roles. */
export function idsOf(who: ActingAs): string[] {
  return who.as === 'user' ? [who.principal._id, ...who.roles] : [];
}
