import type { AccountType } from '../../../identity/accounts.ts';
import { OWNERS } from '../../../identity/nameRules.ts';
import { type AccountGiven, resolveToGive, resolveToTake } from '../../../identity/resolver.ts';
import type { Transaction } from '../../../store/transaction.ts';

/** An account as Oracle names it: a user by id or name, a role by name. */
export interface AccountGuid {
  readonly accountType: AccountType;
  readonly accountGuid: string;
}

/**
 * These accounts by id, each once, in order. Ids are looked up before names, so that nobody can be mistaken for another
 * by taking their id as a name.
 *
 * @param use whether something is given to them or taken away
 * @throws user_unknown, role_unknown, recipient_unfit
 */
export async function accountsOf(
  tx: Transaction,
  named: readonly AccountGuid[],
  use: 'give' | 'take',
): Promise<AccountGiven[]> {
  const given = named.map(({ accountType, accountGuid }) => ({ accountType, account: accountGuid }));
  const resolved = use === 'give' ? await resolveToGive(tx, given, OWNERS) : await resolveToTake(tx, given, OWNERS);
  return resolved.map(({ kind, id }) => ({
    accountType: kind === 'user' ? 'User' : 'ApplicationRole',
    account: `id:${id}`,
  }));
}
