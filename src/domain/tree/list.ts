import { defined } from '../../base/defined.ts';
import type { ListResources } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { hasAllRights } from '../../identity/genuineAuthority.ts';
import { ACCOUNTS } from '../../identity/nameRules.ts';
import { one, resolveToShow } from '../../identity/resolver.ts';
import type { Collection, Filter, FindOptions, Reader } from '../../store/collection.ts';
import { cursorOf, cutPage, notOf, readCursor } from '../../store/cursor.ts';
import type { ReadAccess, ReadContext } from '../access/context.ts';
import { assertMay, guarding } from '../access/may.ts';
import { accessFilters } from '../access/reach.ts';
import { numberOfWorkspace } from '../resources/collections.ts';
import { readResource } from '../resources/reference.ts';
import { type Resource, resources, workspaces } from '../resources/resource.ts';
import { type ResourceType, rulesOf } from '../resources/types.ts';
import { listFields, type Viewed, viewOf } from '../resources/view.ts';

type Query = ListResources['params'];

const PAGE = 100;
const LIST = 'resources';
const fields = [...listFields, 'type', 'name', 'externalId', 'parents'] as const;

/**
 * The resources that match, a page at a time, ordered by id, or by external id if a prefix of it is given. Workspaces
 * come last, ordered by number. Administrators see all, users those that they may read; resources without own rights
 * are listed only below the requested parent.
 *
 * @throws user_unknown, role_unknown, resource_missing, permission_denied, invalid_params for a cursor of another query
 */
export async function listResources(
  { reader, people, authority }: ReadContext,
  query: Query,
): Promise<ListResources['result']> {
  const limit = query.limit ?? PAGE;
  const byPath = query.pathPrefix !== undefined;
  const start = startOf(query.cursor, byPath);
  const filters = await filtersOf(reader, authority, query);
  const found: Viewed[] = [];
  for (const part of partsOf(query)) {
    if (start?.part === 'workspaces' && part === 'tree') continue;
    const from = start?.part === part ? start.after : [];
    const within = [...filters, ...(part === 'workspaces' ? [{ deleted: false }] : []), ...from];
    const ways = await waysToSee({ reader, authority }, query, within);
    const order = part === 'workspaces' ? byNumber : byPath ? byExternalId : byId;
    found.push(...(await firstOf(reader, ways, { order, limit: limit + 1 - found.length })));
    if (found.length > limit) break;
  }
  const { page, last } = cutPage(found, limit);
  const nameOf = await people.names(page.flatMap((r) => r.owners));
  return {
    resources: page.map((resource) => viewOf(resource, nameOf)),
    ...defined({ next: last && nextOf(byPath, last) }),
  };
}

/** An order that an index has. */
interface Order {
  readonly of: Collection<Resource>;
  readonly options: Pick<FindOptions, 'sort' | 'hint'>;
  readonly key: (resource: Viewed) => readonly (string | number)[];
}

const byId: Order = { of: resources, options: { sort: { _id: 1 } }, key: ({ _id }) => [_id] };
const byNumber: Order = {
  of: workspaces,
  options: { sort: { number: 1 } },
  key: ({ _id }) => [numberOfWorkspace(_id)],
};
const byExternalId: Order = {
  of: resources,
  options: { sort: { externalId: 1, type: 1 }, hint: 'external' },
  key: ({ externalId = '', type }) => [externalId, type],
};

/** The first resources that match any of these filters, each once. */
async function firstOf(
  reader: Reader,
  ways: readonly Filter[],
  { order: { of, options, key }, limit }: { readonly order: Order; readonly limit: number },
): Promise<Viewed[]> {
  const lists: Viewed[][] = [];
  for (const way of ways) lists.push(await reader.parts(of, way, { fields, ...options, limit }));
  const [only = [], ...others] = lists;
  if (others.length === 0) return only;
  const each = [...new Map(lists.flat().map((resource) => [resource._id, resource])).values()];
  return each.sort((a, b) => compareKeys(key(a), key(b))).slice(0, limit);
}

/** As the database compares them: strings by their bytes. */
function compareKeys(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? '';
    const order = typeof x === 'number' ? x - Number(y) : Buffer.compare(Buffer.from(x), Buffer.from(String(y)));
    if (order !== 0) return order;
  }
  return 0;
}

/** The collections that a query is about. */
function partsOf({ type, types, parent, pathPrefix }: Query): ('tree' | 'workspaces')[] {
  if (types !== undefined && !types.includes('workspace')) return ['tree'];
  if (type === 'workspace') return parent === undefined && pathPrefix === undefined ? ['workspaces'] : [];
  return type === undefined && parent === undefined && pathPrefix === undefined ? ['tree', 'workspaces'] : ['tree'];
}

async function filtersOf(reader: Reader, authority: Authority, query: Query): Promise<Filter[]> {
  const { owner, type, types, parent, pathPrefix } = query;
  const filters: Filter[] = [];
  if (owner !== undefined) {
    const { id } = await one(resolveToShow(reader, [owner], ACCOUNTS));
    filters.push({ owners: { $eq: id } });
  }
  if (type !== undefined) filters.push({ type: { $eq: type } });
  if (types !== undefined) filters.push({ type: { $in: [...types] } });
  if (parent !== undefined) {
    await assertMay({ reader, authority }, 'read', await readResource(reader, { id: parent }, guarding(authority)));
    filters.push({ parents: { $eq: parent } });
  }
  // All that have this prefix sort before it with the highest character added.
  if (pathPrefix !== undefined) filters.push({ externalId: { $gte: pathPrefix, $lt: `${pathPrefix}\u{10ffff}` } });
  return filters;
}

/** A filter for each way in which the caller may see a resource. */
async function waysToSee(
  { reader, authority }: ReadAccess,
  { parent }: Query,
  within: readonly Filter[],
): Promise<Filter[]> {
  if (hasAllRights(authority)) return [within.length === 0 ? {} : { $and: within }];
  const ways = accessFilters(authority, { least: 'read', everybodyToo: true }, within);
  if (parent === undefined) return ways;
  const holder = await readResource(reader, { id: parent }, guarding(authority));
  const inheriting = rulesOf(holder.type).contains.filter((t) => rulesOf(t as ResourceType).accessFrom === 'parent');
  // Whoever may read the parent may read its children without rights of their own.
  return inheriting.length === 0 ? ways : [...ways, { $and: [{ type: { $in: inheriting } }, ...within] }];
}

function nextOf(byPath: boolean, last: Viewed): string {
  const key = byPath ? [last.externalId ?? null, last.type] : [last._id];
  return cursorOf(LIST, byPath ? 'externalId' : '_id', last.type === 'workspace' ? 'workspaces' : 'tree', ...key);
}

/** Where the page begins. @throws invalid_params */
function startOf(cursor: string | undefined, byPath: boolean) {
  if (cursor === undefined) return undefined;
  if (byPath) {
    const [of, part, externalId, type] = readCursor(LIST, cursor, ['text', 'text', 'text', 'text']);
    if (of === 'externalId' && part === 'tree') return { part, after: [afterPath(externalId, type)] };
  } else {
    const [of, part, id] = readCursor(LIST, cursor, ['text', 'text', 'text']);
    if (of === '_id' && part === 'tree') return { part, after: [{ _id: { $gt: id } }] };
    const number = numberOfWorkspace(id);
    if (of === '_id' && part === 'workspaces' && number > 0) return { part, after: [{ number: { $gt: number } }] };
  }
  throw notOf(LIST);
}

const afterPath = (externalId: string, type: string): Filter => ({
  externalId: { $gte: externalId },
  $or: [{ externalId: { $gt: externalId } }, { type: { $gt: type } }],
});
