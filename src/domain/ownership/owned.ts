import { defined } from '../../base/defined.ts';
import { holdingAt, holds } from '../../base/expiry.ts';
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

/** Which resources these principals own, or have a grant on that holds. */
const FILTER: Readonly<Record<OwnedRelation, (who: Who) => Filter>> = {
  owned: ({ ids }) => ({ owners: { $in: [...ids] } }),
  granted: ({ ids, at }) => ({ grants: { $elemMatch: { principal: { $in: [...ids] }, ...holdingAt(at) } } }),
};

const EXAMPLES = 3;
const PAGE = 100;
const LIST = 'owned things';
const fields = ['type', 'name', 'externalId', 'owners', 'grants'] as const;
interface Who {
  readonly ids: readonly string[];
  readonly at: Date;
}

type Shown = Part<Resource, (typeof fields)[number]>;

/**
 * What a user or a role owns or has been granted, by type and with examples; for a user, including that of their roles.
 *
 * @throws user_unknown, role_unknown
 */
export async function listOwned(reader: Reader, query: OwnedQuery, at: Date): Promise<OwnedListing> {
  const party = await one(resolveToShow(reader, [query.who], ACCOUNTS));
  const through = party.kind === 'user' ? await rolesHeld(reader, party.id, at) : [];
  const who = { ids: [party.id, ...through.map((role) => role._id)], at };
  const roles = through.map(roleWireName).sort();
  const base = { who: party.wire, id: party.id, ...(party.kind === 'user' ? { roles } : {}) };
  if (query.type !== undefined)
    return { ...base, types: [], ...(await pageOf(reader, who, { ...query, type: query.type })) };
  const relations = query.having === undefined ? (['owned', 'granted'] as const) : [query.having];
  const counts = new Map<OwnedRelation, ReadonlyMap<unknown, number>>();
  for (const having of relations) counts.set(having, await countsOf(reader, who, having));
  const types: OwnedCount[] = [];
  for (const type of Object.keys(resourceTypes) as ResourceType[]) {
    for (const having of relations) {
      const count = counts.get(having)?.get(type);
      if (count === undefined) continue;
      const options = { sort: { _id: 1 }, limit: EXAMPLES } as const;
      const found = await reader.parts(collectionOfType(type), filterOf(type, having, who), {
        ...wantedOf(who),
        ...options,
      });
      types.push({ type, having, count, examples: found.map((r) => shown(r, who)) });
    }
  }
  return { ...base, types };
}

async function rolesHeld(reader: Reader, user: string, at: Date) {
  const held = (await rolesOf(reader, user)).filter((membership) => holds(membership, at));
  return rolesByIds(
    reader,
    held.map(({ role }) => role),
  );
}

/** The number of resources of each type. */
async function countsOf(reader: Reader, who: Who, having: OwnedRelation): Promise<Map<unknown, number>> {
  const counts = new Map<unknown, number>();
  for (const from of resourceCollections) {
    const filter = FILTER[having](who);
    for (const [type, count] of await reader.countBy(from, 'type', filter)) counts.set(type, count);
  }
  return counts;
}

async function pageOf(
  reader: Reader,
  who: Who,
  { type, having = 'owned', cursor, limit = PAGE }: OwnedQuery & { readonly type: ResourceType },
): Promise<Pick<OwnedListing, 'items' | 'next'>> {
  const after = cursor === undefined ? {} : { _id: { $gt: readCursor(LIST, cursor, ['text'])[0] } };
  const filter = { ...filterOf(type, having, who), ...after };
  const found = await reader.parts(collectionOfType(type), filter, {
    ...wantedOf(who),
    sort: { _id: 1 },
    limit: limit + 1,
  });
  const { page, last } = cutPage(found, limit);
  return { items: page.map((r) => shown(r, who)), ...defined({ next: last && cursorOf(LIST, last._id) }) };
}

function filterOf(type: ResourceType, having: OwnedRelation, who: Who): Filter {
  return { type, ...FILTER[having](who) };
}

const wantedOf = ({ ids }: Who) => ({ fields, items: { grants: ids } });

function shown({ _id, name, externalId, owners, grants }: Shown, { ids, at }: Who): OwnedItem {
  const level = owners.some((owner) => ids.includes(owner)) ? 'owner' : grants.find((g) => holds(g, at))?.level;
  return { id: _id, name, ...defined({ externalId, level }) };
}
