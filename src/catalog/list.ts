import type { Authority } from '../access/authority.ts';
import { hasAllRights } from '../access/genuine.ts';
import { reached } from '../access/reach.ts';
import type { People } from '../identity/people.ts';
import { ofTree, resources } from '../resources/resource.ts';
import { typesOf } from '../resources/types.ts';
import type { ListCatalog } from '../schemas/generated.ts';
import type { Reader } from '../store/collection.ts';
import { type Item, itemFields, itemsShown } from './item.ts';

type Query = ListCatalog['params'];

/** Oracle gives no more, on however many pages. */
const MAX_ITEMS = 10_000;
const PAGE = 100;

const ofItem = ['type', 'name', 'externalId', 'parents', ...itemFields] as const;

/**
 * The items of one type, or of all, by name: those that who asks may read, a page at a time. Pages are counted from 1.
 */
export async function listCatalog(
  reader: Reader,
  people: People,
  who: Authority,
  { type, search, page = 1, limit = PAGE, descending = false }: Query,
): Promise<ListCatalog['result']> {
  const within = [ofTree, { type: type === undefined ? { $in: typesOf('oracle') } : { $eq: type } }];
  const filter = hasAllRights(who) ? { $and: within } : reached(who, 'read', true, within);
  // Names and ids of all, so that the pages can be counted; the rest of one page.
  const all =
    filter === undefined ? [] : await reader.parts(resources, filter, { fields: ['name'] }, { limit: MAX_ITEMS });
  const matching = all.filter(({ name }) => search === undefined || matches(name, search));
  matching.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a._id < b._id ? -1 : 1));
  if (descending) matching.reverse();
  const ids = matching.slice((page - 1) * limit, page * limit).map(({ _id }) => _id);
  const found: Item[] = await reader.parts(resources, { _id: { $in: ids } }, { fields: ofItem });
  const order = new Map(ids.map((id, i) => [id, i]));
  found.sort((a, b) => (order.get(a._id) ?? 0) - (order.get(b._id) ?? 0));
  const pages = Math.max(Math.ceil(matching.length / limit), 1);
  return { items: await itemsShown(reader, people, found), page, pages };
}

/** Whether the words of a search stand in a name, in whatever case; `*` stands for any. */
function matches(name: string, search: string): boolean {
  return name.toLowerCase().includes(search.replaceAll('*', '').toLowerCase());
}
