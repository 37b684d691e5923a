import { rolesByIds, rolesOf, roleWireName } from '../identity/roles.ts';
import { ofTree, type Resource, resources } from '../resources/resource.ts';
import { type ResourceType, resourceTypes } from '../resources/types.ts';
import type { OwnedItem, OwnedListing } from '../schemas/generated.ts';
import type { Filter, Part, Reader } from '../store/collection.ts';
import { partyOf } from './party.ts';

/** How somebody comes to have something: owning it, or by a grant of its own or of a role that it is in. */
export type Having = 'owned' | 'granted';

export interface OwnedQuery {
  readonly who: string;
  /** Only this type; with it the things themselves are listed, a page at a time. */
  readonly type?: ResourceType;
  readonly having?: Having;
  readonly cursor?: string;
  readonly limit?: number;
}

const EXAMPLES = 3;
const PAGE = 100;
const fields = ['type', 'name', 'externalId', 'owners', 'grants'] as const;
type Shown = Part<Resource, (typeof fields)[number]>;

/**
 * Everything that a user or a role owns or has been given, by type and with examples: with its roles' things too.
 *
 * @throws user_unknown, role_unknown
 */
export async function listOwned(reader: Reader, query: OwnedQuery): Promise<OwnedListing> {
  const party = await partyOf(reader, query.who);
  const through = party.kind === 'user' ? await rolesByIds(reader, await rolesOf(reader, party.id)) : [];
  const ids = [party.id, ...through.map((role) => role._id)];
  const roles = through.map(roleWireName).sort();
  const base = { who: party.wire, id: party.id, ...(party.kind === 'user' ? { roles } : {}) };
  if (query.type !== undefined) return { ...base, types: [], ...(await pageOf(reader, ids, query.type, query)) };
  const types = Object.keys(resourceTypes) as ResourceType[];
  const listed = [];
  for (const type of types) {
    for (const having of query.having === undefined ? (['owned', 'granted'] as const) : [query.having]) {
      const filter = filterOf(type, having, ids);
      const count = await reader.count(resources, filter);
      if (count === 0) continue;
      const found = await reader.parts(resources, filter, wantedOf(ids), { sort: { _id: 1 }, limit: EXAMPLES });
      listed.push({ type, having, count, examples: found.map((r) => shown(r, ids)) });
    }
  }
  return { ...base, types: listed };
}

async function pageOf(
  reader: Reader,
  ids: readonly string[],
  type: ResourceType,
  { having = 'owned', cursor, limit = PAGE }: OwnedQuery,
): Promise<Pick<OwnedListing, 'items' | 'next'>> {
  const after = cursor === undefined ? {} : { _id: { $gt: cursor } };
  const filter = { ...filterOf(type, having, ids), ...after };
  const found = await reader.parts(resources, filter, wantedOf(ids), { sort: { _id: 1 }, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((r) => shown(r, ids)),
    ...(found.length > limit && last !== undefined ? { next: last._id } : {}),
  };
}

function filterOf(type: ResourceType, having: Having, ids: readonly string[]): Filter {
  const field = having === 'owned' ? 'owners' : 'grants.principal';
  return { ...(type === 'workspace' ? {} : ofTree), type, [field]: { $in: [...ids] } };
}

const wantedOf = (ids: readonly string[]) => ({ fields, items: { grants: ids } });

function shown({ _id, name, externalId, owners, grants }: Shown, ids: readonly string[]): OwnedItem {
  const level = owners.some((owner) => ids.includes(owner)) ? 'owner' : grants[0]?.level;
  return {
    id: _id,
    name,
    ...(externalId === undefined ? {} : { externalId }),
    ...(level === undefined ? {} : { level }),
  };
}
