import { refuse } from '../errors.ts';
import type { AccountNamed, AccountType } from '../identity/accounts.ts';
import { livingByNames, type Principal, principals } from '../identity/principal.ts';
import { assertUserReceives } from '../identity/receivers.ts';
import { livingRole, roleByName, roleName } from '../identity/roles.ts';
import type { Reader } from '../store/collection.ts';

/** An account as Oracle names it: a user by id, or as it signs in; a role by name. */
export interface AccountGuid {
  readonly accountType: AccountType;
  readonly accountGuid: string;
}

const ID = /^id:(.+)$/s;

/**
 * These accounts as other rooms name them, in order: users by id. An id counts before a name: whoever takes somebody's id
 * for a name is not meant by it. A closed account, which can receive nothing, does not stand in the way of a name.
 *
 * @param use whether something is given to them, or taken away
 * @throws user_unknown, role_unknown, recipient_unfit
 */
export async function accountsOf(
  reader: Reader,
  named: readonly AccountGuid[],
  use: 'give' | 'take',
): Promise<AccountNamed[]> {
  const guids = named.filter(({ accountType }) => accountType === 'User').map(({ accountGuid }) => accountGuid);
  const users = await usersOf(reader, guids);
  const accounts: AccountNamed[] = [];
  for (const { accountType, accountGuid } of named) {
    if (accountType === 'ApplicationRole') {
      const role = await (use === 'give' ? livingRole : roleByName)(reader, accountGuid);
      accounts.push({ accountType, account: roleName(role) });
      continue;
    }
    const user = users.get(accountGuid);
    if (user === undefined) throw refuse('user_unknown', accountGuid);
    if (use === 'give') assertUserReceives(user);
    accounts.push({ accountType, account: `id:${user._id}` });
  }
  return accounts;
}

async function usersOf(reader: Reader, guids: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
  if (guids.length === 0) return new Map();
  const idOf = (guid: string) => ID.exec(guid)?.[1] ?? guid;
  const byId = new Map(
    (await reader.find(principals, { _id: { $in: guids.map(idOf) } })).map((user) => [user._id, user]),
  );
  const others = guids.filter((guid) => !ID.test(guid) && byId.get(guid)?.living !== true);
  const byName = new Map(
    (others.length === 0 ? [] : await livingByNames(reader, others)).map((user) => [user.username, user]),
  );
  const found = new Map<string, Principal>();
  for (const guid of guids) {
    const user = byName.get(guid) ?? byId.get(idOf(guid));
    if (user !== undefined) found.set(guid, user);
  }
  return found;
}
