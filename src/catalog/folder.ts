import type { Authority } from '../access/authority.ts';
import { hasAllRights } from '../access/genuine.ts';
import { refuse } from '../errors.ts';
import type { People } from '../identity/people.ts';
import type { Principal } from '../identity/principal.ts';
import { createResource } from '../resources/create.ts';
import { readResource } from '../resources/reference.ts';
import type { CatalogItem, CreateFolder } from '../schemas/generated.ts';
import type { Transaction } from '../store/transaction.ts';
import { getItem } from './item.ts';

/**
 * Makes a folder in another. Its id is that of the other with its name below it, as paths of the catalog are.
 *
 * @throws invalid_params, resource_missing, permission_denied, external_id_taken
 */
export async function createFolder(
  tx: Transaction,
  people: People,
  who: Authority,
  maker: Principal,
  { name, parentId }: CreateFolder['params'],
): Promise<CatalogItem> {
  if (name.includes('/')) throw refuse('invalid_params', 'The name of a folder must not have a /');
  const parent = await readResource(tx, { type: 'folders', externalId: parentId }, { fields: [] });
  const id = `${parent.externalId ?? parent._id}/${name}`;
  // A folder has one owner: where an administrator makes it, that one.
  const owners = hasAllRights(who) ? [{ accountType: 'User' as const, owner: `id:${maker._id}` }] : [];
  await createResource(tx, people, who, maker, {
    type: 'folders',
    name,
    externalId: id,
    parents: [parent._id],
    owners,
  });
  return getItem(tx, people, who, { type: 'folders', id });
}
