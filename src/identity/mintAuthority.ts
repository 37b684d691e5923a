import type { AdminAuthority, AnonymousAuthority, Authority, ServiceAuthority, UserAuthority } from './authority.ts';
import type { RolesAndFriends } from './people.ts';
import type { Principal } from './principal.ts';

/**
 * The authorities that were made here. Only the gate may import this module, and `genuineAuthority.ts` for the check:
 * the structure test enforces it, and {@link isMinted} detects at run time what was made elsewhere.
 */
const genuine = new WeakSet<object>();

/** Whether an authority was made here. A copy of one, or an object of the same shape, does not count. */
export function isMinted(value: unknown): boolean {
  return typeof value === 'object' && value !== null && genuine.has(value);
}

/** The authority of a user, with the roles and friends that were read together with the decision that they may act. */
export function mintUser(principal: Principal, { roles, ends, friends }: RolesAndFriends, at: Date): UserAuthority {
  return mint<UserAuthority>({
    as: 'user',
    at,
    principal: Object.freeze({ ...principal }),
    roles: Object.freeze([...roles]),
    ends: new Map(ends),
    friends: Object.freeze([...friends]),
  });
}

/** All rights: for an administrator whom the policy let through. */
export function mintAdmin(at: Date): AdminAuthority {
  return mint<AdminAuthority>({ as: 'admin', at });
}

/** All rights, for what the service does by its configuration and without a caller. */
export function mintService(at: Date): ServiceAuthority {
  return mint<ServiceAuthority>({ as: 'service', at });
}

/** The rights of an unidentified caller. */
export function mintAnonymous(at: Date): AnonymousAuthority {
  return mint<AnonymousAuthority>({ as: 'anonymous', at });
}

type Fields<A extends Authority> = { readonly [K in keyof A as K extends string ? K : never]: A[K] };

function mint<A extends Authority>(fields: Fields<A>): A {
  genuine.add(Object.freeze(fields));
  return fields as unknown as A;
}
