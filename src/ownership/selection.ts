import { refuse } from '../errors.ts';
import type { Item } from '../jobs/parts.ts';
import { ofTree, type Resource, resources } from '../resources/resource.ts';
import type { ResourceType } from '../resources/types.ts';
import type { Filter, Part, Reader } from '../store/collection.ts';
import { matches } from './glob.ts';

/** Which of what somebody owns: all that is given must hold, and without anything it is everything. */
export interface Selection {
  readonly types?: readonly ResourceType[];
  /** Native or external ids. */
  readonly ids?: readonly string[];
  /** Like the name, with `*` for any run of characters. */
  readonly name?: string;
  /** The native or external id of a resource: it and everything below it. */
  readonly under?: string;
}

/** So many one job takes: they are written down in one transaction, which must not last. */
const MAX_ITEMS = 1_000_000;

const fields = ['type', 'name', 'externalId'] as const;
type Found = Part<Resource, (typeof fields)[number]>;

/** Workspaces by number, everything else by id: each by an index of its own. */
const SCOPES = [
  { filter: { type: 'workspace' }, sort: { number: 1 } },
  { filter: ofTree, sort: { _id: 1 } },
] as const;

/**
 * What this owner has of the selection, deleted workspaces too, always in the same order.
 *
 * @throws resource_missing when what it is to be under is not there; too_many_resources
 */
export async function selected(reader: Reader, owner: string, selection: Selection): Promise<Item[]> {
  const { types, ids, name, under } = selection;
  const below = under === undefined ? undefined : await branch(reader, under);
  const wanted = ids === undefined ? undefined : new Set(ids);
  const isWanted = (found: Found) =>
    (types === undefined || types.includes(found.type)) &&
    (wanted === undefined ||
      wanted.has(found._id) ||
      (found.externalId !== undefined && wanted.has(found.externalId))) &&
    (name === undefined || matches(name, found.name)) &&
    (below === undefined || below.has(found._id));
  const narrow = types === undefined && ids === undefined && name === undefined;
  const items: Item[] = [];
  for (const { filter, sort } of SCOPES) {
    const owned: Filter = { ...filter, owners: { $eq: owner } };
    const found = narrow
      ? await reader.parts(resources, owned, { fields: ['type'] }, { sort, limit: MAX_ITEMS + 1 })
      : (await reader.parts(resources, owned, { fields }, { sort, limit: MAX_ITEMS + 1 })).filter(isWanted);
    for (const { _id: id, type } of found) if (below === undefined || below.has(id)) items.push({ id, type });
  }
  if (items.length > MAX_ITEMS) throw refuse('too_many_resources', 'The transfer', MAX_ITEMS);
  return items;
}

/** The resource and everything below it, each once: a tree may have cycles. */
async function branch(reader: Reader, id: string): Promise<ReadonlySet<string>> {
  const roots = await reader.parts(
    resources,
    { $or: [{ _id: { $eq: id } }, { externalId: { $eq: id } }] },
    { fields: [] },
  );
  if (roots.length === 0) throw refuse('resource_missing', `resource ${id}`);
  const seen = new Set(roots.map((r) => r._id));
  let level = [...seen];
  while (level.length > 0) {
    const next: string[] = [];
    for (let i = 0; i < level.length; i += 1_000) {
      const parents = { $in: level.slice(i, i + 1_000) };
      for (const { _id } of await reader.parts(resources, { ...ofTree, parents }, { fields: [] })) {
        if (!seen.has(_id)) next.push(_id);
        seen.add(_id);
      }
    }
    level = next;
  }
  return seen;
}
