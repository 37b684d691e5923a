import type { ListCatalog } from '../../../base/schemas/generated.ts';
import type { Authority } from '../../../identity/authority.ts';
import { hasAllRights } from '../../../identity/genuineAuthority.ts';
import type { People } from '../../../identity/people.ts';
import type { Filter, FindOptions, Reader } from '../../../store/collection.ts';
import type { ReadContext } from '../../access/context.ts';
import { guarding } from '../../access/may.ts';
import { accessFilter } from '../../access/reach.ts';
import { resources, TREE_NAME } from '../../resources/resource.ts';
import { typesOf } from '../../resources/types.ts';
import { type Item, itemFields, itemsShown, ownerName } from './item.ts';
import { nameFilter } from './nameFilter.ts';
import { readVisible } from './visible.ts';

type Query = ListCatalog['params'];

/** Oracle lists at most this many items on all pages. */
const MAX_ITEMS = 10_000;
const PAGE = 100;

const ofItem = ['type', 'name', 'externalId', 'parents', ...itemFields] as const;

const KEYS = { name: ['name'], type: ['type', 'name'], lastModified: ['modifiedAt'], id: ['externalId'] } as const;

/**
 * The items of one type or of all that a search by name finds, or those directly in a folder or dashboard, as far as
 * the caller may read them, a page at a time. Pages are numbered from 1. Items after the first 10,000 are left out.
 *
 * @throws resource_missing when the folder is missing or the caller may not read it
 */
export async function listCatalog(
  { reader, people, authority }: ReadContext,
  query: Query,
): Promise<ListCatalog['result']> {
  const { page = 1, limit = PAGE, sortBy = 'name' } = query;
  const filter = await filterOf(reader, authority, query);
  if (filter === undefined) return { items: [], page, pages: 1 };
  const skip = (page - 1) * limit;
  const wanted = { filter, ...pathOf(authority, query), skip, limit: Math.max(Math.min(limit, MAX_ITEMS - skip), 0) };
  const owners = sortBy === 'owner' ? await ownersOf(reader, people, wanted) : undefined;
  const found =
    wanted.limit === 0 ? [] : await (owners === undefined ? read(reader, wanted) : readOf(reader, owners, wanted));
  // A page that is not full is the last one, so that nothing need be counted.
  const isLast = found.length < limit && (found.length > 0 || skip === 0);
  const total = isLast ? skip + found.length : Math.min(await countOf(reader, filter, owners), MAX_ITEMS);
  const pages = Math.max(Math.ceil(total / limit), 1);
  return { items: await itemsShown(reader, people, found), page, pages };
}

/** Undefined if nothing can match. */
async function filterOf(
  reader: Reader,
  authority: Authority,
  { type, search, inside }: Query,
): Promise<Filter | undefined> {
  const name = search === undefined ? undefined : nameFilter(search);
  const parent =
    inside === undefined ? undefined : await readVisible({ reader, authority }, inside, guarding(authority));
  const within: Filter[] = [
    { type: type === undefined ? { $in: typesOf('oracle') } : { $eq: type } },
    ...(name === undefined ? [] : [{ name }]),
    ...(parent === undefined ? [] : [{ parents: { $eq: parent._id } }]),
  ];
  return hasAllRights(authority)
    ? { $and: within }
    : accessFilter(authority, { least: 'read', everybodyToo: true }, within);
}

/** A part of a list. */
interface Slice {
  readonly filter: Filter;
  readonly direction: 1 | -1;
  readonly options: Pick<FindOptions, 'sort' | 'hint' | 'sortsParts'>;
  readonly skip: number;
  readonly limit: number;
}

/** Order and index: administrators go through the index of names, others through those of what they may read. */
function pathOf(
  authority: Authority,
  { inside, sortBy = 'name', descending = false }: Query,
): Pick<Slice, 'direction' | 'options'> {
  const direction = descending ? -1 : 1;
  const byName = hasAllRights(authority) && inside === undefined;
  // The items of one owner are ordered by name.
  const keys = [...KEYS[sortBy === 'owner' ? 'name' : sortBy], '_id'];
  const isIndexed = byName && (sortBy === 'name' || sortBy === 'type');
  return {
    direction,
    options: {
      sort: Object.fromEntries(keys.map((key) => [key, direction])),
      ...(byName ? { hint: TREE_NAME } : {}),
      ...(isIndexed ? {} : { sortsParts: true }),
    },
  };
}

const read = (reader: Reader, { filter, options, skip, limit }: Slice): Promise<Item[]> =>
  reader.parts(resources, filter, { fields: ofItem, ...options, skip, limit });

interface Owner {
  readonly id: string;
  /** How many of the matching items they own. */
  readonly count: number;
}

/** The number of matching items; counting stops at what a list can have. */
async function countOf(reader: Reader, filter: Filter, owners: readonly Owner[] | undefined): Promise<number> {
  if (owners === undefined) return reader.count(resources, filter, MAX_ITEMS);
  return owners.reduce((sum, { count }) => sum + count, 0);
}

/** The owners of matching items, ordered by name, which the items themselves do not have. */
async function ownersOf(reader: Reader, people: People, { filter, direction }: Slice): Promise<Owner[]> {
  const counts = await reader.countBy(resources, 'owners', filter);
  const owners = [...counts].map(([ids, count]) => ({ id: String((ids as readonly string[])[0] ?? ''), count }));
  const nameOf = await people.names(owners.map(({ id }) => id));
  const compare = (a: string, b: string) => (a < b ? -direction : a > b ? direction : 0);
  return owners.sort((a, b) => compare(ownerName(a.id, nameOf), ownerName(b.id, nameOf)) || compare(a.id, b.id));
}

/** A part of the list of all items of these owners, ordered by owner. */
async function readOf(reader: Reader, owners: readonly Owner[], slice: Slice): Promise<Item[]> {
  let start = 0;
  const touched = owners.flatMap(({ id, count }) => {
    const [from, to] = [Math.max(slice.skip - start, 0), Math.min(slice.skip + slice.limit - start, count)];
    start += count;
    return from < to ? [{ id, from, to, isWhole: to - from === count }] : [];
  });
  const ownedBy = (ids: readonly string[], skip: number, limit: number) =>
    read(reader, { ...slice, filter: { $and: [slice.filter, { owners: { $in: [...ids] } }] }, skip, limit });
  const found: Item[] = [];
  // Of the first and the last owner, some items may be outside the slice.
  for (const { id, from, to, isWhole } of touched) if (!isWhole) found.push(...(await ownedBy([id], from, to - from)));
  const whole = touched.flatMap(({ id, isWhole }) => (isWhole ? [id] : []));
  if (whole.length > 0) found.push(...(await ownedBy(whole, 0, slice.limit)));
  const rank = new Map(touched.map(({ id }, i) => [id, i]));
  const rankOf = ({ owners: [owner = ''] }: Item) => rank.get(owner) ?? 0;
  return found.sort((a, b) => rankOf(a) - rankOf(b));
}
