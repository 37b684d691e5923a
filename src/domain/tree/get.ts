import type { ResourceView } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { People } from '../../identity/people.ts';
import type { Reader } from '../../store/collection.ts';
import { assertMay, guarding } from '../access/may.ts';
import { type Reference, readResource } from '../resources/reference.ts';
import { viewFields, viewOf } from '../resources/view.ts';

/** @throws invalid_params, resource_missing, permission_denied */
export async function getResource(
  reader: Reader,
  people: People,
  who: Authority,
  reference: Reference,
): Promise<ResourceView> {
  const { fields, items } = guarding(who);
  const found = await readResource(reader, reference, { fields: [...fields, ...viewFields], items });
  await assertMay(reader, who, 'read', found);
  return viewOf(found, await people.names(found.owners));
}
