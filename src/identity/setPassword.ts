import type { Transaction } from '../store/transaction.ts';
import type { Administering } from './actor.ts';
import { userToChange } from './changing.ts';
import { makeLocalAccount } from './makePrincipal.ts';
import { setPasswordOf } from './passwords.ts';
import type { Principal } from './principal.ts';
import { closeSessions } from './sessions.ts';

/**
 * Gives a user a password to log in with, and ends their sessions. A user whom no token has claimed becomes a local
 * account: from then on no token can claim it.
 *
 * @throws user_null, user_unknown, account_is_closed, name_reserved, exceeds_own_rights
 */
export async function setPassword(
  tx: Transaction,
  by: Administering,
  { user, password }: { readonly user: string | null | undefined; readonly password: string },
): Promise<Principal> {
  const present = await userToChange(tx, by, user);
  await setPasswordOf(tx, present._id, password);
  await closeSessions(tx, present._id);
  return present.subject === undefined ? makeLocalAccount(tx, by.rules, present) : present;
}
