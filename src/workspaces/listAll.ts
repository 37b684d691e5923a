import { refuse } from '../errors.ts';
import type { People } from '../identity/people.ts';
import { byWireName } from '../identity/principal.ts';
import { type Workspace, workspaces } from '../resources/resource.ts';
import type { ListAllWorkspaces, WorkspaceListing } from '../schemas/generated.ts';
import type { Filter, Reader } from '../store/collection.ts';
import { cursorOf, readCursor } from '../store/cursor.ts';
import { lockState, ownerOf } from './info.ts';
import { metaObject } from './meta.ts';
import { kbaseTime } from './time.ts';

type Query = ListAllWorkspaces['params'];

const PAGE = 100;
const FIELDS = [
  'number',
  'name',
  'owners',
  'visibility',
  'deleted',
  'locked',
  'meta',
  'modifiedAt',
] as const satisfies (keyof Workspace)[];

type Listed = Pick<Workspace, (typeof FIELDS)[number]>;

/** What a page goes by, and where the one after it begins. Every order ends in what is unique: inserts move no page. */
type Order = 'number' | 'name' | 'modifiedAt';

/**
 * Every workspace there is, a page at a time: by id; by name where names are asked for by their beginning; by the last
 * change where only that is asked for.
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
  const filters: Filter[] = [{ type: 'workspace' }, ...(await wanted(reader, query)), after(order, query.cursor)];
  const found = await reader.parts(
    workspaces,
    { $and: filters },
    { fields: FIELDS },
    { sort: order === 'modifiedAt' ? { modifiedAt: 1, number: 1 } : { [order]: 1 }, limit: limit + 1 },
  );
  const page = found.slice(0, limit);
  const nameOf = await people.names(page.flatMap((w) => w.owners));
  const last = page.at(-1);
  return {
    workspaces: page.map((w) => listing(w, nameOf)),
    ...(found.length <= limit || last === undefined ? {} : { next: nextOf(order, last) }),
  };
}

function listing(workspace: Listed, nameOf: (id: string) => string): WorkspaceListing {
  return {
    id: workspace.number,
    name: workspace.name,
    owner: nameOf(ownerOf(workspace)),
    moddate: kbaseTime(workspace.modifiedAt),
    max_objid: 0,
    globalread: workspace.visibility === 'public' ? 'r' : 'n',
    lockstat: lockState(workspace),
    deleted: workspace.deleted,
    meta: metaObject(workspace.meta),
  };
}

function orderOf({ owner, prefix, state, after, before }: Query): Order {
  if (prefix !== undefined) return 'name';
  const byTime = after !== undefined || before !== undefined;
  return byTime && owner === undefined && state === undefined ? 'modifiedAt' : 'number';
}

async function wanted(reader: Reader, { owner, prefix, state, after, before }: Query): Promise<Filter[]> {
  const filters: Filter[] = [];
  if (owner !== undefined) {
    const principal = await byWireName(reader, owner);
    if (principal === undefined) throw refuse('user_unknown', owner);
    filters.push({ owners: { $eq: principal._id } });
  }
  // Names are ASCII: nothing with this beginning comes after it with the highest character added.
  if (prefix !== undefined) filters.push({ name: { $gte: prefix, $lt: `${prefix}\uffff` } });
  if (after !== undefined) filters.push({ modifiedAt: { $gte: new Date(after) } });
  if (before !== undefined) filters.push({ modifiedAt: { $lt: new Date(before) } });
  if (state === 'active') filters.push({ deleted: false });
  if (state === 'deleted') filters.push({ deleted: true });
  if (state === 'locked') filters.push({ locked: true });
  if (state === 'public') filters.push({ visibility: 'public' });
  return filters;
}

function nextOf(order: Order, { number, name, modifiedAt }: Listed): string {
  const key = order === 'name' ? [name] : order === 'number' ? [number] : [modifiedAt.getTime(), number];
  return cursorOf(order, ...key);
}

/** What comes after the cursor in this order. @throws invalid_params */
function after(order: Order, cursor: string | undefined): Filter {
  if (cursor === undefined) return {};
  const [from, first, second] = readCursor(cursor);
  if (from === 'name' && from === order && typeof first === 'string') return { name: { $gt: first } };
  if (from === 'number' && from === order && typeof first === 'number') return { number: { $gt: first } };
  if (from === 'modifiedAt' && from === order && typeof first === 'number' && typeof second === 'number') {
    const instant = new Date(first);
    return {
      $or: [{ modifiedAt: { $gt: instant } }, { modifiedAt: { $eq: instant }, number: { $gt: second } }],
    };
  }
  throw refuse('invalid_params', 'listAllWorkspaces: params.cursor is not the next of a page of this query');
}
