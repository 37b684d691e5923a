import { isDeepStrictEqual } from 'node:util';
import type { Authority, ServiceAuthority, UserAuthority } from '../identity/authority.ts';
import { isUser } from '../identity/genuineAuthority.ts';
import { mintAdmin, mintService, mintUser } from '../identity/mintAuthority.ts';
import type { People } from '../identity/people.ts';
import type { Principal } from '../identity/principal.ts';
import type { Roster } from '../identity/roster.ts';
import type { Transaction } from '../store/transaction.ts';

/** The authority of a user, with the roles and friends that they have now. */
export async function authorityOfUser(people: People, principal: Principal, at: Date): Promise<UserAuthority> {
  return mintUser(principal, await people.rolesAndFriends(principal._id, at), at);
}

/** The authority under which an authorised command runs: the subject's if it acts as one, else the administrator's. */
export async function authorityOfCommand(people: People, subject: Principal | undefined, at: Date): Promise<Authority> {
  return subject === undefined ? mintAdmin(at) : authorityOfUser(people, subject, at);
}

/** The same inside a transaction in which the roster is this one. */
export async function authorityOfUserIn(tx: Transaction, { people, roster }: Under, user: Principal) {
  return mintUser(user, await people.rolesAndFriendsIn(tx, roster.epoch, user._id), tx.now);
}

/** The same as {@link authorityOfCommand} inside a transaction. */
export async function authorityOfCommandIn(
  tx: Transaction,
  under: Under,
  subject: Principal | undefined,
): Promise<Authority> {
  return subject === undefined ? mintAdmin(tx.now) : authorityOfUserIn(tx, under, subject);
}

interface Under {
  readonly people: People;
  readonly roster: Roster;
}

/** Whether both authorities allow exactly the same. */
export function sameAuthority(one: Authority, other: Authority): boolean {
  if (!isUser(one) || !isUser(other)) return one.as === other.as;
  const of = ({ principal, roles, friends }: UserAuthority) => [principal._id, principal.state, roles, friends];
  return isDeepStrictEqual(of(one), of(other));
}

/** The authority of work that the service does by itself, as configured. */
export function authorityOfService(at: Date): ServiceAuthority {
  return mintService(at);
}
