import type { AnonymousAuthority, Authority, ServiceAuthority, UserAuthority } from '../access/authority.ts';
import { mintAdmin, mintAnonymous, mintService, mintUser } from '../access/mint.ts';
import type { People } from '../identity/people.ts';
import type { Principal } from '../identity/principal.ts';

/** The authority of a user, with the roles and friends that they have now. */
export async function authorityOfUser(people: People, principal: Principal): Promise<UserAuthority> {
  return mintUser(principal, await people.circle(principal._id));
}

/** The authority of who calls an ordinary method: their own, or that of anybody. */
export async function authorityOfCaller(
  people: People,
  caller: Principal | undefined,
): Promise<UserAuthority | AnonymousAuthority> {
  return caller === undefined ? mintAnonymous() : authorityOfUser(people, caller);
}

/** The authority of a command that step 6 let through: the subject's where it acts as one, else the administrator's. */
export async function authorityOfCommand(people: People, subject: Principal | undefined): Promise<Authority> {
  return subject === undefined ? mintAdmin() : authorityOfUser(people, subject);
}

/** The authority of what the configuration has the service do by itself. */
export function authorityOfService(): ServiceAuthority {
  return mintService();
}
