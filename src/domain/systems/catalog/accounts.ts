import type { AccountType } from '../../../identity/accounts.ts';
import { OWNERS } from '../../../identity/nameRules.ts';
import { type AccountGiven, resolveToGive, resolveToTake } from '../../../identity/resolver.ts';
import type { Transaction } from '../../../store/transaction.ts';

/** An account as Oracle names it: a user by id, or as it signs in; a role by name. */
export interface AccountGuid {
  readonly accountType: AccountType;
  readonly accountGuid: string;
}

/**
 * These accounts as other rooms name them, each once, in order, by id. An id counts before a name: whoever takes
 * somebody's id for a name is not meant by it.
 *
 * @param use whether something is given to them, or taken away
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
