import type { Part, Reader } from '../../store/collection.ts';
import { type ResourcePart, readChildren } from './reference.ts';
import { type Resource, resources } from './resource.ts';

/** So many are read at once. */
const PAGE = 100;
/** Longer data is left out where many are read: whoever needs it reads it by itself. */
const SHORT_DATA_BYTES = 4_096;
const upTo = { data: SHORT_DATA_BYTES };
/** What hangs below a page is read together, up to so many. */
const MAX_TOGETHER = 400;

/**
 * What hangs below a parent and is shown there, of some types, in its order and page by page. It keeps no page: what is in memory does not
 * depend on how many there are, nor on how many read them.
 *
 * @param fields `data` only where it takes at most 4,096 bytes
 */
export class ChildPages<K extends keyof Resource & string> {
  readonly #reader: Reader;
  readonly #parent: string;
  readonly #types: readonly string[];
  readonly #fields: readonly K[];
  /** The place that the next page begins with, and how many of those that stand there were on pages before. */
  #from = 0;
  #skip = 0;
  #done = false;

  constructor(
    reader: Reader,
    { parent, types }: { readonly parent: string; readonly types: readonly string[] },
    fields: readonly K[],
  ) {
    this.#reader = reader;
    this.#parent = parent;
    this.#types = types;
    this.#fields = fields;
  }

  /** Undefined after the last page. */
  async next(): Promise<Part<Resource, K>[] | undefined> {
    if (this.#done) return undefined;
    const field = `order.${this.#parent}`;
    const filter = { [field]: { $gte: this.#from }, type: { $in: [...this.#types] } };
    const wanted = { fields: [...this.#fields, 'order'] as const, upTo };
    const options = { sort: { [field]: 1 }, skip: this.#skip, limit: PAGE, aside: true } as const;
    const page: Part<Resource, 'order'>[] = await this.#reader.parts(resources, filter, wanted, options);
    this.#done = page.length < PAGE;
    const places = page.map(({ order }) => Number(order?.[this.#parent]));
    const last = places.at(-1) ?? 0;
    this.#skip = this.#from === last ? this.#skip + PAGE : places.length - places.indexOf(last);
    this.#from = last;
    return page.length === 0 ? undefined : (page as unknown as Part<Resource, K>[]);
  }
}

/** What hangs below one of these and is shown there, of some types, in its order. */
type ChildrenOf<K extends keyof Resource> = (
  parent: Pick<Resource, '_id'>,
  types: readonly string[],
) => ResourcePart<K>[];

/**
 * What hangs below each of these.
 *
 * @param fields `data` only where it takes at most 4,096 bytes
 * @returns undefined where that is too much to be read together
 */
export async function childrenOfEach<K extends keyof Resource & string>(
  reader: Reader,
  parents: readonly Pick<Resource, '_id'>[],
  { types, fields }: { readonly types: readonly string[]; readonly fields: readonly K[] },
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
  return ({ _id }, ofTypes) =>
    (below.get(_id) ?? [])
      .filter((child) => ofTypes.includes(child.type) && child.order?.[_id] !== undefined)
      .sort((a, b) => placeOf(a, _id) - placeOf(b, _id) || a.createdAt.getTime() - b.createdAt.getTime());
}

const placeOf = ({ order }: Pick<Resource, 'order'>, parent: string) => Number(order?.[parent] ?? 0);
