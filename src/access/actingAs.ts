import type { Principal } from '../identity/principal.ts';

/**
 * The authority under which something is done: as a user, with that user's rights and no others; as an administrator,
 * with all rights; or by nobody known.
 */
export type ActingAs =
  | { readonly as: 'user'; readonly principal: Principal }
  | { readonly as: 'admin' }
  | { readonly as: 'anonymous' };

export const asUser = (principal: Principal): ActingAs => ({ as: 'user', principal });

export const asAdmin: ActingAs = { as: 'admin' };

/** As this user, or as nobody known. */
export const asCaller = (principal: Principal | undefined): ActingAs =>
  principal === undefined ? { as: 'anonymous' } : asUser(principal);

/** As this user, or without one as administrator: what an optional subject means. */
export const asSubject = (subject: Principal | undefined): ActingAs =>
  subject === undefined ? asAdmin : asUser(subject);
