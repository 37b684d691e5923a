import type { ResourceView } from '../../base/schemas/generated.ts';
import type { ReadContext } from '../access/context.ts';
import { assertMay, guarding } from '../access/may.ts';
import { type Reference, readResource } from '../resources/reference.ts';
import { viewFields, viewOf } from '../resources/view.ts';

/** @throws invalid_params, resource_missing, permission_denied */
export async function getResource(
  { reader, people, authority }: ReadContext,
  reference: Reference,
): Promise<ResourceView> {
  const { fields, items } = guarding(authority);
  const found = await readResource(reader, reference, { fields: [...fields, ...viewFields], items });
  await assertMay({ reader, authority }, 'read', found);
  return viewOf(found, await people.names(found.owners));
}
