import type { Party } from './party.ts';
import type { People } from './people.ts';
import { isRoleId } from './roles.ts';

/** Oracle Analytics' word for the kind of a principal: a user, or an application role. */
export type AccountType = 'User' | 'ApplicationRole';

/** A principal as Oracle Analytics shows it. */
export function accountShown(
  id: string,
  nameOf: (id: string) => string,
): { accountType: AccountType; account: string } {
  const name = nameOf(id);
  if (!isRoleId(id)) return { accountType: 'User', account: name };
  return { accountType: 'ApplicationRole', account: name.replace(/^role:/, '') };
}

/** Names for ids, some of which may belong to these users and roles, that this transaction may have just made. */
export async function namesWith(people: People, parties: readonly Party[], ids: Iterable<string>) {
  const known = new Map(parties.map(({ id, wire }) => [id, wire]));
  const nameOf = await people.names([...ids].filter((id) => !known.has(id)));
  return (id: string) => known.get(id) ?? nameOf(id);
}
