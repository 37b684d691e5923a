import { defined } from '../../../base/defined.ts';
import type { CatalogItem } from '../../../base/schemas/generated.ts';
import type { People } from '../../../identity/people.ts';
import type { Reader } from '../../../store/collection.ts';
import type { ReadContext } from '../../access/context.ts';
import { assertMay, guarding } from '../../access/may.ts';
import { type ResourcePart, readResource, readResources } from '../../resources/reference.ts';
import type { ResourceType } from '../../resources/types.ts';

/** The fields to read of an item that is shown. */
export const itemFields = ['owners', 'caption', 'modifiedAt'] as const;
export type Item = ResourcePart<(typeof itemFields)[number]>;

/**
 * An item of Oracle's catalog as its own API shows it.
 *
 * @throws resource_missing, permission_denied
 */
export async function getItem(
  { reader, people, authority }: ReadContext,
  { type, id }: { readonly type: ResourceType; readonly id: string },
): Promise<CatalogItem> {
  const { fields, items } = guarding(authority);
  const wanted = { fields: [...fields, ...itemFields, 'data'] as const, items };
  const found = await readResource(reader, { type, externalId: id }, wanted);
  await assertMay({ reader, authority }, 'read', found);
  const [item] = await itemsShown(reader, people, [found]);
  if (item === undefined) throw new TypeError('itemsShown returned no item');
  return { ...item, ...descriptionIn(found.data) };
}

/** The items with the ids of their parents and the names of their owners; very long descriptions are cut. */
export async function itemsShown(reader: Reader, people: People, found: readonly Item[]): Promise<CatalogItem[]> {
  const parents = await readResources(reader, [...new Set(found.flatMap((item) => item.parents ?? []))], {
    fields: [],
  });
  const idOf = new Map(parents.map(({ _id, externalId }) => [_id, externalId ?? _id]));
  const nameOf = await people.names(found.flatMap((item) => item.owners));
  return found.map((item) => {
    const [parent] = item.parents ?? [];
    const [owner] = item.owners;
    const parentId = parent === undefined ? undefined : idOf.get(parent);
    return {
      id: item.externalId ?? item._id,
      name: item.name,
      type: item.type,
      ...defined({ parentId, owner: owner && ownerName(owner, nameOf) }),
      ...descriptionOf(item.caption),
      lastModified: item.modifiedAt.toISOString(),
    };
  });
}

/** The name of a user or a role as Oracle shows it. */
export const ownerName = (id: string, nameOf: (id: string) => string): string => nameOf(id).replace(/^role:/, '');

/** The whole description in an item's data. */
function descriptionIn(data: string | undefined): { description?: string } {
  const kept: unknown = data === undefined ? undefined : JSON.parse(data);
  if (kept === null || typeof kept !== 'object' || !('description' in kept)) return {};
  return described(kept.description);
}

const descriptionOf = (caption: string | undefined) => (caption === undefined ? {} : described(JSON.parse(caption)));

const described = (value: unknown) => (typeof value === 'string' ? { description: value } : {});
