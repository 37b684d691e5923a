import { defined } from '../../base/defined.ts';
import type { OwnedCount, OwnedItem, OwnedListing } from '../../base/schemas/generated.ts';
import { ACCOUNTS } from '../../identity/nameRules.ts';
import { type AccountGiven, one, resolveToShow } from '../../identity/resolver.ts';
import { rolesByIds, rolesOf, roleWireName } from '../../identity/roles.ts';
import type { Filter, Part, Reader } from '../../store/collection.ts';
import { cursorOf, cutPage, readCursor } from '../../store/cursor.ts';
import { collectionOfType, resourceCollections } from '../resources/collections.ts';
import type { Resource } from '../resources/resource.ts';
import { type ResourceType, resourceTypes } from '../resources/types.ts';

/** Whether a resource is owned, or granted to the user or to one of their roles. */
export type OwnedRelation = 'owned' | 'granted';

export interface OwnedQuery {
  readonly who: string | AccountGiven;
  /** Only resources of this type, which are then listed a page at a time. */
  readonly type?: ResourceType;
  readonly having?: OwnedRelation;
  readonly cursor?: string;
  readonly limit?: number;
}

const FIELD = { owned: 'owners', granted: 'grants.principal' } as const;

const EXAMPLES = 3;
const PAGE = 100;
const LIST = 'owned things';
const fields = ['type', 'name', 'externalId', 'owners', 'grants'] as const;
type Shown = Part<Resource, (typeof fields)[number]>;

/**
 * What a user or a role owns or has been granted, by type and with examples; for a user, including that of their roles.
 *
 * @throws user_unknown, role_unknown
 */
export async function listOwned(reader: Reader, query: OwnedQuery): Promise<OwnedListing> {
  const party = await one(resolveToShow(reader, [query.who], ACCOUNTS));
  const through = party.kind === 'user' ? await rolesByIds(reader, await rolesOf(reader, party.id)) : [];
  const ids = [party.id, ...through.map((role) => role._id)];
  const roles = through.map(roleWireName).sort();
  const base = { who: party.wire, id: party.id, ...(party.kind === 'user' ? { roles } : {}) };
  if (query.type !== undefined)
    return { ...base, types: [], ...(await pageOf(reader, ids, { ...query, type: query.type })) };
  const relations = query.having === undefined ? (['owned', 'granted'] as const) : [query.having];
  const counts = new Map<OwnedRelation, ReadonlyMap<unknown, number>>();
  for (const having of relations) counts.set(having, await countsOf(reader, ids, having));
  const types: OwnedCount[] = [];
  for (const type of Object.keys(resourceTypes) as ResourceType[]) {
    for (const having of relations) {
      const count = counts.get(having)?.get(type);
      if (count === undefined) continue;
      const options = { sort: { _id: 1 }, limit: EXAMPLES } as const;
      const found = await reader.parts(collectionOfType(type), filterOf(type, having, ids), {
        ...wantedOf(ids),
        ...options,
      });
      types.push({ type, having, count, examples: found.map((r) => shown(r, ids)) });
    }
  }
  return { ...base, types };
}

/** The number of resources of each type. */
async function countsOf(reader: Reader, ids: readonly string[], having: OwnedRelation): Promise<Map<unknown, number>> {
  const counts = new Map<unknown, number>();
  for (const from of resourceCollections) {
    const filter = { [FIELD[having]]: { $in: [...ids] } };
    for (const [type, count] of await reader.countBy(from, 'type', filter)) counts.set(type, count);
  }
  return counts;
}

async function pageOf(
  reader: Reader,
  ids: readonly string[],
  { type, having = 'owned', cursor, limit = PAGE }: OwnedQuery & { readonly type: ResourceType },
): Promise<Pick<OwnedListing, 'items' | 'next'>> {
  const after = cursor === undefined ? {} : { _id: { $gt: readCursor(LIST, cursor, ['text'])[0] } };
  const filter = { ...filterOf(type, having, ids), ...after };
  const found = await reader.parts(collectionOfType(type), filter, {
    ...wantedOf(ids),
    sort: { _id: 1 },
    limit: limit + 1,
  });
  const { page, last } = cutPage(found, limit);
  return { items: page.map((r) => shown(r, ids)), ...defined({ next: last && cursorOf(LIST, last._id) }) };
}

function filterOf(type: ResourceType, having: OwnedRelation, ids: readonly string[]): Filter {
  return { type, [FIELD[having]]: { $in: [...ids] } };
}

const wantedOf = (ids: readonly string[]) => ({ fields, items: { grants: ids } });

function shown({ _id, name, externalId, owners, grants }: Shown, ids: readonly string[]): OwnedItem {
  const level = owners.some((owner) => ids.includes(owner)) ? 'owner' : grants[0]?.level;
  return { id: _id, name, ...defined({ externalId, level }) };
}
