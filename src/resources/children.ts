import type { Reader } from '../store/collection.ts';
import { inOrderBelow } from './order.ts';
import { type ResourcePart, readChildren, readResources, withAlways } from './reference.ts';
import { type Resource, resources } from './resource.ts';

/** So many are read at once where only short fields of them are wanted. */
const PAGE = 1_000;
/** With their data so many, of so many bytes of it together: unless one alone takes more. */
const GROUP = 200;
const GROUP_BYTES = 256_000;
/** What hangs below a group is read together up to so many, of so many bytes of data. */
const MAX_TOGETHER = 2_000;
const TOGETHER_BYTES = 1_000_000;

type Head = ResourcePart<'order' | 'dataBytes' | 'createdAt'>;
const heads = { fields: ['order', 'dataBytes', 'createdAt'] as const };

/**
 * What hangs below a parent, of one type, in its order: page by page, so that what is in memory does not depend on how
 * many there are.
 */
export async function* childrenInOrder<K extends keyof Resource & string>(
  reader: Reader,
  parent: string,
  type: string,
  fields: readonly K[],
): AsyncGenerator<ResourcePart<K | 'order'>[]> {
  const wanted = withAlways({ fields: [...fields, 'order'] as const });
  const { filter, sort } = inOrderBelow(parent);
  const field = `order.${parent}`;
  let from = filter[field];
  let skip = 0;
  for (;;) {
    const options = { sort, skip, limit: PAGE, aside: true } as const;
    const page = await reader.parts(resources, { [field]: from, type: { $eq: type } }, wanted, options);
    if (page.length > 0) yield page as unknown as ResourcePart<K | 'order'>[];
    if (page.length < PAGE) return;
    // The next page begins with the place of the last one, at which several may stand.
    const places = page.map(({ order }) => Number(order?.[parent]));
    const last = places.at(-1) ?? 0;
    const same = places.length - places.indexOf(last);
    skip = same === PAGE && from.$gte === last ? skip + PAGE : same;
    from = { $gte: last };
  }
}

/** The same with their data, in groups that are small however long that is. */
export async function* groupsInOrder<K extends keyof Resource & string>(
  reader: Reader,
  parent: string,
  type: string,
  fields: readonly K[],
): AsyncGenerator<ResourcePart<K>[]> {
  for await (const page of childrenInOrder(reader, parent, type, heads.fields)) {
    for (const group of inGroups(page)) yield loaded(reader, group, fields);
  }
}

/**
 * What hangs below each of these, by its id and in its order.
 *
 * @param fields with `data` among them, or short ones alone
 * @returns undefined where that is too much to be read together
 */
export async function childrenOfEach<K extends keyof Resource & string>(
  reader: Reader,
  parents: readonly Pick<Resource, '_id'>[],
  types: readonly string[],
  fields: readonly K[],
): Promise<((parent: Pick<Resource, '_id'>, type: string) => ResourcePart<K>[]) | undefined> {
  const children: Head[] = await readChildren(reader, parents, heads, { types, limit: MAX_TOGETHER + 1 });
  const bytes = children.reduce((sum, { dataBytes = 0 }) => sum + dataBytes, 0);
  if (children.length > MAX_TOGETHER || bytes > TOGETHER_BYTES) return undefined;
  const parts = new Map((await loaded(reader, children, fields)).map((part) => [part._id, part]));
  const below = new Map<string, Head[]>();
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
      .sort((a, b) => place(a, _id) - place(b, _id) || a.createdAt.getTime() - b.createdAt.getTime())
      .flatMap((child) => parts.get(child._id) ?? []);
}

const place = ({ order }: Head, parent: string) => Number(order?.[parent] ?? 0);

function inGroups(page: readonly Head[]): Head[][] {
  const groups: Head[][] = [];
  let group: Head[] = [];
  let bytes = 0;
  for (const head of page) {
    const { dataBytes = 0 } = head;
    if (group.length === GROUP || (group.length > 0 && bytes + dataBytes > GROUP_BYTES)) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(head);
    bytes += dataBytes;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** In the order of the heads; what was removed meanwhile is left out. */
async function loaded<K extends keyof Resource & string>(
  reader: Reader,
  group: readonly Pick<Head, '_id'>[],
  fields: readonly K[],
): Promise<ResourcePart<K>[]> {
  const ids = group.map(({ _id }) => _id);
  const found = new Map((await readResources(reader, ids, { fields })).map((r) => [r._id, r]));
  return ids.flatMap((id) => found.get(id) ?? []);
}
