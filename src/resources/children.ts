import type { Reader } from '../store/collection.ts';
import { inOrderBelow } from './order.ts';
import { type ResourcePart, readChildren, withAlways } from './reference.ts';
import { type Resource, resources } from './resource.ts';

/** So many are read at once. */
const PAGE = 200;
/** Longer data is left out where many are read: whoever needs it reads it by itself. */
const SHORT_DATA_BYTES = 4_096;
const upTo = { data: SHORT_DATA_BYTES };
/** What hangs below a page is read together, up to so many. */
const MAX_TOGETHER = 600;

type Child<K extends keyof Resource> = ResourcePart<K | 'order'>;

/**
 * What hangs below a parent, of one type, in its order and page by page: what is in memory does not depend on how many
 * there are.
 *
 * @param fields `data` only where it takes at most 4,096 bytes
 */
export async function* childrenInOrder<K extends keyof Resource & string>(
  reader: Reader,
  parent: string,
  type: string,
  fields: readonly K[],
): AsyncGenerator<Child<K>[]> {
  const wanted = { ...withAlways({ fields: [...fields, 'order'] as const }), upTo };
  const { filter, sort } = inOrderBelow(parent);
  const field = `order.${parent}`;
  let from = filter[field];
  let skip = 0;
  for (;;) {
    const options = { sort, skip, limit: PAGE, aside: true } as const;
    const found = await reader.parts(resources, { [field]: from, type: { $eq: type } }, wanted, options);
    const page = found as unknown as Child<K>[];
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    // The next page begins with the place of the last one, at which several may stand.
    const places = page.map(({ order }) => Number(order?.[parent]));
    const last = places.at(-1) ?? 0;
    const same = places.length - places.indexOf(last);
    skip = from.$gte === last ? skip + PAGE : same;
    from = { $gte: last };
  }
}

/** What hangs below one of these, of a type, in its order. */
type ChildrenOf<K extends keyof Resource> = (parent: Pick<Resource, '_id'>, type: string) => Child<K>[];

/**
 * What hangs below each of these.
 *
 * @param fields `data` only where it takes at most 4,096 bytes
 * @returns undefined where that is too much to be read together
 */
export async function childrenOfEach<K extends keyof Resource & string>(
  reader: Reader,
  parents: readonly Pick<Resource, '_id'>[],
  types: readonly string[],
  fields: readonly K[],
): Promise<ChildrenOf<K> | undefined> {
  const wanted = { fields: [...fields, 'order', 'createdAt'] as const, upTo };
  const children = await readChildren(reader, parents, wanted, { types, limit: MAX_TOGETHER + 1 });
  if (children.length > MAX_TOGETHER) return undefined;
  const below = new Map<string, ResourcePart<K | 'order' | 'createdAt'>[]>();
  for (const child of children) {
    for (const parent of child.parents ?? []) {
      const siblings = below.get(parent);
      if (siblings === undefined) below.set(parent, [child]);
      else siblings.push(child);
    }
  }
  return ({ _id }, type) =>
    (below.get(_id) ?? [])
      .filter((child) => child.type === type)
      .sort((a, b) => placeOf(a, _id) - placeOf(b, _id) || a.createdAt.getTime() - b.createdAt.getTime());
}

const placeOf = ({ order }: Pick<Resource, 'order'>, parent: string) => Number(order?.[parent] ?? 0);
