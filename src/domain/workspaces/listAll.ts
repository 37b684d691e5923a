import { defined } from '../../base/defined.ts';
import type { ListAllWorkspaces, WorkspaceListing } from '../../base/schemas/generated.ts';
import { USERS } from '../../identity/nameRules.ts';
import type { People } from '../../identity/people.ts';
import { one, resolveToShow } from '../../identity/resolver.ts';
import type { Filter, Reader } from '../../store/collection.ts';
import { cursorOf, cutPage, notOf, readCursor } from '../../store/cursor.ts';
import { lockState, ownerOf } from './info.ts';
import { byChange, byField, type Cursor, type Found, pageOf, type Range } from './listAllPages.ts';
import { metaObject } from './meta.ts';
import { kbaseTime } from './time.ts';

type Query = ListAllWorkspaces['params'];

const PAGE = 100;
const LIST = 'workspaces';
/** The order of a list. Each is unique, so that inserts do not shift pages. */
type Order = 'number' | 'name' | 'changedAt';

/**
 * All workspaces, a page at a time: ordered by id; by name if a prefix of it is given; by the last change if only a
 * range of that is given.
 *
 * @throws user_unknown, invalid_params for a cursor of another query
 */
export async function listAllWorkspaces(
  reader: Reader,
  people: People,
  query: Query,
): Promise<{ workspaces: WorkspaceListing[]; next?: string }> {
  const limit = query.limit ?? PAGE;
  const order = orderOf(query);
  const cursor = query.cursor === undefined ? undefined : cursorIn(order, query.cursor);
  const filters = await wanted(reader, query);
  const source = order === 'changedAt' ? byChange : byField(order);
  const found = await pageOf(reader, source, { filters, range: rangeOf(query), cursor, limit: limit + 1 });
  const { page, last } = cutPage(found, limit);
  const nameOf = await people.names(page.flatMap((f) => f.workspace.owners));
  return {
    workspaces: page.map((f) => listing(f, nameOf)),
    ...defined({ next: last && nextOf(order, last) }),
  };
}

function listing({ workspace, head, changedAt }: Found, nameOf: (id: string) => string): WorkspaceListing {
  return {
    id: workspace.number,
    name: workspace.name,
    owner: nameOf(ownerOf(workspace)),
    moddate: kbaseTime(changedAt),
    max_objid: head?.lastObject ?? 0,
    globalread: workspace.visibility === 'public' ? 'r' : 'n',
    lockstat: lockState(workspace),
    deleted: workspace.deleted,
    meta: metaObject(workspace.meta),
  };
}

function orderOf({ owner, prefix, state, after, before }: Query): Order {
  if (prefix !== undefined) return 'name';
  const byTime = after !== undefined || before !== undefined;
  return byTime && owner === undefined && state === undefined ? 'changedAt' : 'number';
}

async function wanted(reader: Reader, { owner, prefix, state }: Query): Promise<Filter[]> {
  const filters: Filter[] = [];
  if (owner !== undefined) {
    const { id } = await one(resolveToShow(reader, [owner], USERS));
    filters.push({ owners: { $eq: id } });
  }
  // Names are ASCII, so that all with this prefix sort before it with the highest character added.
  if (prefix !== undefined) filters.push({ name: { $gte: prefix, $lt: `${prefix}\uffff` } });
  if (state === 'active') filters.push({ deleted: false });
  if (state === 'deleted') filters.push({ deleted: true });
  if (state === 'locked') filters.push({ locked: true });
  if (state === 'public') filters.push({ visibility: 'public' });
  return filters;
}

const rangeOf = ({ after, before }: Query): Range => ({
  from: after === undefined ? undefined : new Date(after),
  to: before === undefined ? undefined : new Date(before),
});

function nextOf(order: Order, { workspace: { number, name }, changedAt }: Found): string {
  const key = order === 'name' ? [name] : order === 'number' ? [number] : [changedAt.getTime(), number];
  return cursorOf(LIST, order, ...key);
}

/** @throws invalid_params for a cursor of another order */
function cursorIn(order: Order, cursor: string): Cursor {
  if (order === 'name') {
    const [of, name] = readCursor(LIST, cursor, ['text', 'text']);
    if (of === order) return { name };
  } else if (order === 'number') {
    const [of, number] = readCursor(LIST, cursor, ['text', 'count']);
    if (of === order) return { number };
  } else {
    const [of, time, number] = readCursor(LIST, cursor, ['text', 'count', 'count']);
    const at = new Date(time);
    if (of === order && !Number.isNaN(at.getTime())) return { at, number };
  }
  throw notOf(LIST);
}
