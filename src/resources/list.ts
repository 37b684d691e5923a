import type { Authority } from '../access/authority.ts';
import { hasAllRights } from '../access/genuine.ts';
import { assertMay, guarding } from '../access/may.ts';
import { reached } from '../access/reach.ts';
import { refuse } from '../errors.ts';
import { knownAccounts } from '../identity/accounts.ts';
import type { People } from '../identity/people.ts';
import { roleNameIn } from '../identity/roles.ts';
import type { ListResources } from '../schemas/generated.ts';
import type { Filter, Reader } from '../store/collection.ts';
import { cursorOf, cutPage, readCursor } from '../store/cursor.ts';
import { readResource } from './reference.ts';
import { ofTree, resources } from './resource.ts';
import { type ResourceType, rulesOf } from './types.ts';
import { listFields, type Viewed, viewOf } from './view.ts';

type Query = ListResources['params'];

const PAGE = 100;
const fields = [...listFields, 'type', 'name', 'externalId', 'parents'] as const;

/**
 * The resources that match, a page at a time, in the order of their ids; where a beginning of the external id is given,
 * in that order. Workspaces come last. An administrator sees all; a user what it may read, of what has no rights of its
 * own only what hangs below the parent asked for.
 *
 * @throws user_unknown, role_unknown, resource_missing, permission_denied, invalid_params for a cursor of another query
 */
export async function listResources(
  reader: Reader,
  people: People,
  who: Authority,
  query: Query,
): Promise<ListResources['result']> {
  const limit = query.limit ?? PAGE;
  const order = query.pathPrefix === undefined ? '_id' : 'externalId';
  const start = startOf(query.cursor, order);
  const filters = await filtersOf(reader, who, query);
  const found: Viewed[] = [];
  for (const part of partsOf(query)) {
    if (start?.part === 'workspaces' && part === 'tree') continue;
    const from = start?.part === part ? start.after : [];
    const within = [...filters, part === 'tree' ? ofTree : ofWorkspaces, ...from];
    const filter = await seenBy(reader, who, query, within);
    if (filter === undefined) continue;
    const sort = order === '_id' ? ({ _id: 1 } as const) : ({ externalId: 1, type: 1 } as const);
    found.push(...(await reader.parts(resources, filter, { fields }, { sort, limit: limit + 1 - found.length })));
    if (found.length > limit) break;
  }
  const { page, last } = cutPage(found, limit);
  const nameOf = await people.names(page.flatMap((r) => r.owners));
  return {
    resources: page.map((resource) => viewOf(resource, nameOf)),
    ...(last === undefined ? {} : { next: nextOf(order, last) }),
  };
}

const ofWorkspaces = { type: 'workspace', deleted: false };

/** Which of the two kinds, whose indexes are apart, a query is about. */
function partsOf({ type, types, parent, pathPrefix }: Query): ('tree' | 'workspaces')[] {
  if (types !== undefined && !types.includes('workspace')) return ['tree'];
  if (type === 'workspace') return parent === undefined && pathPrefix === undefined ? ['workspaces'] : [];
  return type === undefined && parent === undefined && pathPrefix === undefined ? ['tree', 'workspaces'] : ['tree'];
}

async function filtersOf(reader: Reader, who: Authority, query: Query): Promise<Filter[]> {
  const { owner, type, types, parent, pathPrefix } = query;
  const filters: Filter[] = [];
  if (owner !== undefined) filters.push({ owners: { $eq: await ownerId(reader, owner) } });
  if (type !== undefined) filters.push({ type: { $eq: type } });
  if (types !== undefined) filters.push({ type: { $in: [...types] } });
  if (parent !== undefined) {
    await assertMay(reader, who, 'read', await readResource(reader, { id: parent }, guarding(who)));
    filters.push({ parents: { $eq: parent } });
  }
  // Nothing that begins like this comes after it with the highest character added.
  if (pathPrefix !== undefined) filters.push({ externalId: { $gte: pathPrefix, $lt: `${pathPrefix}\u{10ffff}` } });
  return filters;
}

async function ownerId(reader: Reader, owner: string): Promise<string> {
  const role = roleNameIn(owner);
  const named = { accountType: role === undefined ? 'User' : 'ApplicationRole', account: role ?? owner } as const;
  const [account] = await knownAccounts(reader, [named]);
  if (account === undefined) throw refuse('user_unknown', owner);
  return account.id;
}

/** The filter of what somebody may see; undefined where that can be nothing. */
async function seenBy(
  reader: Reader,
  who: Authority,
  { parent }: Query,
  within: readonly Filter[],
): Promise<Filter | undefined> {
  if (hasAllRights(who)) return { $and: within };
  const reach = reached(who, 'read', true, within);
  if (parent === undefined || reach === undefined) return reach;
  const holder = await readResource(reader, { id: parent }, guarding(who));
  const inheriting = rulesOf(holder.type).contains.filter((t) => rulesOf(t as ResourceType).accessFrom === 'parent');
  // Whoever may read the parent may read what has no rights of its own below it.
  return { $or: [...reach.$or, { $and: [{ type: { $in: inheriting } }, ...within] }] };
}

function nextOf(order: '_id' | 'externalId', last: Viewed): string {
  const key = order === '_id' ? [last._id] : [last.externalId, last.type];
  const part = last.type === 'workspace' ? 'workspaces' : 'tree';
  return cursorOf(order, part, ...key);
}

/** Where the page begins. @throws invalid_params */
function startOf(cursor: string | undefined, order: '_id' | 'externalId') {
  if (cursor === undefined) return undefined;
  const [of, part, first, second] = readCursor(cursor);
  if (of === order && (part === 'tree' || part === 'workspaces') && typeof first === 'string') {
    if (order === '_id') return { part, after: [{ _id: { $gt: first } }] };
    if (typeof second === 'string') return { part, after: [afterPath(first, second)] };
  }
  throw refuse('invalid_params', 'listResources: params.cursor is not the next of a page of this query');
}

const afterPath = (externalId: string, type: string): Filter => ({
  $or: [{ externalId: { $gt: externalId } }, { externalId: { $eq: externalId }, type: { $gt: type } }],
});
