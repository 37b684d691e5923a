import { refuse } from '../errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { markNamed } from './kbaseUsers.ts';
import type { People } from './people.ts';
import { byWireName, idAndName, isFormerName, livingByNames, type Principal, principals } from './principal.ts';
import { isRoleId, livingRole, type RolePart, roleByName, roleName, roles } from './roles.ts';

/** What can own something or be given a right: a user, or an application role. */
export type AccountType = 'User' | 'ApplicationRole';

/** An account as a caller names it: by name, or as `id:<id>`. */
export interface AccountNamed {
  readonly accountType: AccountType;
  readonly account: string;
}

/** A user or a role, found. */
export type Account =
  | { readonly accountType: 'User'; readonly id: string; readonly name: string; readonly user: Principal }
  | { readonly accountType: 'ApplicationRole'; readonly id: string; readonly name: string; readonly role: RolePart };

const ID = 'id:';

/**
 * The accounts that something is given to, each once: users who are neither closed nor disabled, and roles that there are.
 *
 * @throws user_unknown, role_unknown
 */
export function livingAccounts(reader: Reader, named: readonly AccountNamed[]): Promise<Account[]> {
  return found(reader, named, isUsable, livingRole);
}

/** As {@link livingAccounts}, for what is taken away: also who is closed (`name~<short id>`). */
export function knownAccounts(reader: Reader, named: readonly AccountNamed[]): Promise<Account[]> {
  return found(reader, named, () => true, roleByName);
}

async function found(
  reader: Reader,
  named: readonly AccountNamed[],
  mayBe: (user: Principal) => boolean,
  roleOf: (reader: Reader, name: string) => Promise<RolePart>,
): Promise<Account[]> {
  const users = await usersNamed(
    reader,
    named.filter(({ accountType }) => accountType === 'User').map(({ account }) => account),
  );
  const accounts = new Map<string, Account>();
  const unknown: string[] = [];
  for (const { accountType, account } of named) {
    if (accountType === 'ApplicationRole') {
      const role = await roleOf(reader, account);
      accounts.set(role._id, { accountType, id: role._id, name: roleName(role), role });
    } else {
      const user = users.get(account);
      if (user === undefined || !mayBe(user)) unknown.push(account);
      else accounts.set(user._id, { accountType, ...idAndName(user), user });
    }
  }
  // All who are unknown together: whoever issues the caller's token is asked about them at once.
  const [first, ...others] = unknown;
  if (first !== undefined) throw refuse('user_unknown', first, ...others);
  return [...accounts.values()];
}

/** Living and former users by the names that a caller gives them: one query for all names, and one for all ids. */
async function usersNamed(reader: Reader, names: readonly string[]): Promise<Map<string, Principal>> {
  const found = new Map<string, Principal>();
  const ids = names.filter((name) => name.startsWith(ID)).map((name) => name.slice(ID.length));
  const byId = ids.length === 0 ? [] : await reader.find(principals, { _id: { $in: ids } });
  for (const user of byId) found.set(`${ID}${user._id}`, user);
  const others = names.filter((name) => !name.startsWith(ID));
  const living = others.filter((name) => !isFormerName(name));
  for (const user of living.length === 0 ? [] : await livingByNames(reader, living)) found.set(user.username, user);
  for (const name of others.filter(isFormerName)) {
    const user = await byWireName(reader, name);
    if (user !== undefined) found.set(name, user);
  }
  return found;
}

const isUsable = (user: Principal) => user.living && user.state !== 'disabled';

/** The account of an id whose name on the wire is known. */
export function accountShown(
  id: string,
  nameOf: (id: string) => string,
): { accountType: AccountType; account: string } {
  const name = nameOf(id);
  if (!isRoleId(id)) return { accountType: 'User', account: name };
  return { accountType: 'ApplicationRole', account: name.replace(/^role:/, '') };
}

/** Names for ids where these accounts, which may be new in this transaction, are among them. */
export async function namesWith(people: People, accounts: readonly Account[], ids: Iterable<string>) {
  const known = new Map(accounts.map(({ id, name }) => [id, name]));
  const nameOf = await people.names([...ids].filter((id) => !known.has(id)));
  return (id: string) => known.get(id) ?? nameOf(id);
}

/** Keeps the users among those who get a right from vanishing: see {@link markNamed}. A deleted role has nothing by it. */
export async function keepUsers(tx: Transaction, accounts: readonly Account[]): Promise<void> {
  await markNamed(
    tx,
    accounts.flatMap((account) => (account.accountType === 'User' ? [account.user] : [])),
  );
}

/** Keeps those who come to own something from vanishing meanwhile: a role is touched, so that its deletion conflicts. */
export async function keepAccounts(tx: Transaction, accounts: readonly Account[]): Promise<void> {
  await keepUsers(tx, accounts);
  for (const account of accounts) if (account.accountType === 'ApplicationRole') await tx.touch(roles, account.role);
}
