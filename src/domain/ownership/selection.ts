import { refuse } from '../../base/errors.ts';
import type { Item } from '../../jobs/parts.ts';
import type { Collection, FindOptions, Part, Reader } from '../../store/collection.ts';
import { branch, type Node } from '../resources/branch.ts';
import { partsOf } from '../resources/collections.ts';
import { possibleIds } from '../resources/iiifPath.ts';
import { readChildren } from '../resources/reference.ts';
import { type Resource, resources, workspaces } from '../resources/resource.ts';
import type { ResourceType } from '../resources/types.ts';
import { matches } from './glob.ts';

/** A selection of what somebody owns: all given conditions must hold; without any it is everything. */
export interface Selection {
  readonly types?: readonly ResourceType[];
  /** Steward's or external ids. */
  readonly ids?: readonly string[];
  /** A pattern in which `*` stands for any number of characters. */
  readonly name?: string;
  /** Steward's or the external id of a resource: it and everything below it. */
  readonly under?: string;
}

/** The most items of one job: they are stored in one transaction. */
const MAX_ITEMS = 1_000_000;

const fields = ['type', 'name', 'externalId'] as const;
type Found = Part<Resource, (typeof fields)[number]>;

/** Workspaces by number, everything else by id. */
const ORDERS: readonly { readonly of: Collection<Resource>; readonly sort: FindOptions['sort'] & object }[] = [
  { of: workspaces, sort: { number: 1 } },
  { of: resources, sort: { _id: 1 } },
];

/** An id of the selection that names nothing, or nothing of this owner. */
export interface Unmatched {
  readonly item: Item;
  readonly outcome: 'skipped';
  readonly reason: 'resource_missing' | 'not_the_owner';
}

/** The type of a missing resource. */
const UNKNOWN = 'unknown';

/**
 * What this owner owns of the selection, including deleted workspaces, always in the same order; and the ids of the
 * selection that name nothing, or nothing of theirs.
 *
 * @throws resource_missing when there is no resource `under`; too_many_resources
 */
export async function selected(
  reader: Reader,
  owner: string,
  selection: Selection,
): Promise<{ readonly items: readonly Item[]; readonly unmatched: readonly Unmatched[] }> {
  const { types, ids, name, under } = selection;
  const below = under === undefined ? undefined : await idsBelow(reader, under);
  const wanted = ids === undefined ? undefined : new Set(ids.flatMap(possibleIds));
  const isWanted = (found: Found) =>
    (types === undefined || types.includes(found.type)) &&
    (wanted === undefined ||
      wanted.has(found._id) ||
      (found.externalId !== undefined && wanted.has(found.externalId))) &&
    (name === undefined || matches(name, found.name));
  const narrow = types === undefined && ids === undefined && name === undefined;
  const items: Item[] = [];
  const owned = { owners: { $eq: owner } };
  for (const { of, sort } of ORDERS) {
    const found = narrow
      ? await reader.parts(of, owned, { fields: ['type'], sort, limit: MAX_ITEMS + 1 })
      : (await reader.parts(of, owned, { fields, sort, limit: MAX_ITEMS + 1 })).filter(isWanted);
    for (const { _id: id, type } of found) if (below === undefined || below.has(id)) items.push({ id, type });
  }
  if (items.length > MAX_ITEMS) throw refuse('too_many_resources', 'The transfer', MAX_ITEMS);
  return { items, unmatched: ids === undefined ? [] : await unmatchedOf(reader, owner, [...new Set(ids)]) };
}

async function unmatchedOf(reader: Reader, owner: string, ids: readonly string[]): Promise<Unmatched[]> {
  const wanted = { fields: ['type', 'externalId', 'owners'] as const };
  const meant = ids.flatMap(possibleIds);
  const native = await partsOf(reader, meant, wanted);
  const external = await reader.parts(resources, { externalId: { $in: meant } }, wanted);
  const left = new Map<string, Unmatched>();
  const named = new Set<string>();
  for (const { _id: id, externalId, type, owners } of [...native, ...external]) {
    named.add(id);
    if (externalId !== undefined) named.add(externalId);
    if (owners.includes(owner)) continue;
    left.set(id, { item: { id, type }, outcome: 'skipped', reason: 'not_the_owner' });
  }
  for (const id of ids.filter((given) => !possibleIds(given).some((one) => named.has(one)))) {
    left.set(id, { item: { id, type: UNKNOWN }, outcome: 'skipped', reason: 'resource_missing' });
  }
  return [...left.values()];
}

/** The ids of the resource and of everything below it. @throws resource_missing, too_many_resources */
async function idsBelow(reader: Reader, id: string): Promise<ReadonlySet<string>> {
  const wanted = { fields: ['type', 'name', 'externalId', 'parents'] as const };
  const external = await reader.parts(resources, { externalId: { $in: possibleIds(id) } }, wanted);
  const roots: readonly Node[] = [...(await partsOf(reader, [id], wanted)), ...external];
  if (roots.length === 0) throw refuse('resource_missing', `resource ${id}`);
  const found = await branch(roots, {
    childrenOf: (parents, limit) => readChildren(reader, parents, { fields: [], limit }),
    follow: () => true,
    max: MAX_ITEMS,
  });
  return new Set(found.map((node) => node._id));
}
