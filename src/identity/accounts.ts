import type { Party } from './party.ts';
import type { People } from './people.ts';
import { isRoleId } from './roles.ts';

/** What can own something or be given a right, as Oracle Analytics calls it: a user, or an application role. */
export type AccountType = 'User' | 'ApplicationRole';

/** The account of an id whose name on the wire is known. */
export function accountShown(
  id: string,
  nameOf: (id: string) => string,
): { accountType: AccountType; account: string } {
  const name = nameOf(id);
  if (!isRoleId(id)) return { accountType: 'User', account: name };
  return { accountType: 'ApplicationRole', account: name.replace(/^role:/, '') };
}

/** Names for ids where these users and roles, which may be new in this transaction, are among them. */
export async function namesWith(people: People, parties: readonly Party[], ids: Iterable<string>) {
  const known = new Map(parties.map(({ id, wire }) => [id, wire]));
  const nameOf = await people.names([...ids].filter((id) => !known.has(id)));
  return (id: string) => known.get(id) ?? nameOf(id);
}
