import { refuse } from '../base/errors.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Administering } from './actor.ts';
import { userToChange } from './changing.ts';
import { forgetPasskeysOf } from './passkeys.ts';
import type { Principal } from './principal.ts';
import { forgetTicketsOf } from './tickets.ts';
import { forgetTotpOf } from './totp.ts';

/**
 * Removes a user's authenticator app, their recovery codes, their passkeys and their tickets, and tells them. Nobody resets
 * their own, which needs a proof.
 *
 * @throws user_null, user_unknown, account_is_closed, exceeds_own_rights, reset_own_totp
 */
export async function resetTotp(
  tx: Transaction,
  by: Administering,
  user: string | null | undefined,
): Promise<Principal> {
  const target = await userToChange(tx, by, user);
  if (target._id === by.actor.principal._id || target._id === by.actor.delegate?._id) throw refuse('reset_own_totp');
  await forgetTotpOf(tx, target._id);
  await forgetPasskeysOf(tx, target._id);
  await forgetTicketsOf(tx, target);
  tx.notify({
    to: target._id,
    about: 'proofsReset',
    text: 'Your authenticator app, its recovery codes and your passkeys were removed.',
  });
  return target;
}
