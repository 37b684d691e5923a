import type { Transaction } from '../store/transaction.ts';
import type { Actor } from './admins.ts';
import { assertMayChange, livingUser } from './directory.ts';
import { setPasswordOf } from './passwords.ts';
import { ACCOUNTS_ISSUER, type Principal, principals } from './principal.ts';
import type { AdminRules } from './roster.ts';
import { closeSessions } from './sessions.ts';

/**
 * Gives a user a password, with which it can log in. Whatever it was logged in with before ends. A user whom no token has
 * claimed becomes an account that this service keeps itself: from then on no token can claim it.
 *
 * @throws user_null, user_unknown, account_is_closed, exceeds_own_rights
 */
export async function setPassword(
  tx: Transaction,
  rules: AdminRules,
  actor: Actor,
  user: string | null | undefined,
  password: string,
): Promise<Principal> {
  const present = await livingUser(tx, user);
  await assertMayChange(tx, rules, actor, present);
  await setPasswordOf(tx, present._id, password);
  await closeSessions(tx, present._id);
  if (present.subject !== undefined) return present;
  const state = present.state === 'pending' ? 'active' : present.state;
  const kept = { ...present, state, issuer: ACCOUNTS_ISSUER, subject: present._id };
  return tx.update(principals, present, kept);
}
