import type { Part, Reader } from '../../store/collection.ts';
import { type ResourcePart, readChildren } from './reference.ts';
import { type Resource, resources } from './resource.ts';

const PAGE = 100;
/** Longer data is left out of pages; callers who need it read it for each resource. */
const SHORT_DATA_BYTES = 4_096;
const upTo = { data: SHORT_DATA_BYTES };
/** The most children that are read together. */
const MAX_TOGETHER = 400;

/**
 * The children of some types that are shown below a parent, in order, page by page. Only one page is in memory at a
 * time.
 *
 * @param fields `data` only where it takes at most 4,096 bytes
 */
export class ChildPages<K extends keyof Resource & string> {
  readonly #reader: Reader;
  readonly #parent: string;
  readonly #types: readonly string[];
  readonly #fields: readonly K[];
  /** The position with which the next page begins, and how many children at that position were on earlier pages. */
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
    const options = { sort: { [field]: 1 }, skip: this.#skip, limit: PAGE, untracked: true } as const;
    const page: Part<Resource, 'order'>[] = await this.#reader.parts(resources, filter, { ...wanted, ...options });
    this.#done = page.length < PAGE;
    const places = page.map(({ order }) => Number(order?.[this.#parent]));
    const last = places.at(-1) ?? 0;
    this.#skip = this.#from === last ? this.#skip + PAGE : places.length - places.indexOf(last);
    this.#from = last;
    return page.length === 0 ? undefined : (page as unknown as Part<Resource, K>[]);
  }
}

/** The children of some types that are shown below a parent, in order. */
type ChildrenOf<K extends keyof Resource> = (
  parent: Pick<Resource, '_id'>,
  types: readonly string[],
) => ResourcePart<K>[];

/**
 * The children of each of these parents.
 *
 * @param fields `data` only where it takes at most 4,096 bytes
 * @returns undefined when there are too many to be read together
 */
export async function childrenOfEach<K extends keyof Resource & string>(
  reader: Reader,
  parents: readonly Pick<Resource, '_id'>[],
  { types, fields }: { readonly types: readonly string[]; readonly fields: readonly K[] },
): Promise<ChildrenOf<K> | undefined> {
  const wanted = { fields: [...fields, 'order', 'createdAt'] as const, upTo };
  const children = await readChildren(reader, parents, { ...wanted, types, limit: MAX_TOGETHER + 1 });
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
