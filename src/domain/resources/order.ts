import type { Filter, Reader } from '../../store/collection.ts';
import { type Resource, resources } from './resource.ts';
import { rulesOf } from './types.ts';

/** Stands for the parent of what has none. */
export const TOP = 'top';

/** What hangs below a parent, by an index in its order; {@link TOP} for what stands at the top. */
export function inOrderBelow(parent: string): { readonly filter: Filter; readonly sort: Readonly<Record<string, 1>> } {
  const field = `order.${parent}`;
  return { filter: { [field]: { $gte: parent === TOP ? new Date(0) : 0 } }, sort: { [field]: 1 } };
}

/** How the keys of the places begin at which something is not shown. */
const HIDDEN = 'hidden-';

interface Told {
  readonly places?: ReadonlyMap<string, number>;
  readonly hidden?: boolean;
}

type Placed = Pick<Resource, 'type' | 'createdAt' | 'order'>;

/**
 * The field for where a resource stands below these parents: where it is told, else where it stood, else after all others.
 *
 * @param parents the ids of all parents that it is to have
 * @param told its places below some of them, from 1, and whether it is hidden there; else that stays as it is
 */
export async function orderBelow(
  reader: Reader,
  { type, createdAt, order = {} }: Placed,
  parents: readonly string[],
  told: Told = {},
): Promise<Pick<Resource, 'order'>> {
  const { ordered, atTop } = rulesOf(type);
  if (!ordered) return {};
  const { hidden = Object.keys(order).some((key) => key.startsWith(HIDDEN)) } = told;
  const keyBelow = (parent: string) => (hidden ? HIDDEN + parent : parent);
  if (parents.length === 0) return atTop ? { order: { [keyBelow(TOP)]: createdAt } } : {};
  const places: [string, number | Date][] = [];
  for (const parent of parents) {
    const known = told.places?.get(parent) ?? order[parent] ?? order[HIDDEN + parent];
    places.push([keyBelow(parent), known ?? (await lastPlaceBelow(reader, parent)) + 1]);
  }
  return { order: Object.fromEntries(places) };
}

/** The last place that is taken below a parent; 0 where none is. */
async function lastPlaceBelow(reader: Reader, parent: string): Promise<number> {
  const { filter } = inOrderBelow(parent);
  const options = { sort: { [`order.${parent}`]: -1 }, limit: 1, aside: true } as const;
  const [last] = await reader.parts(resources, filter, { fields: ['order'] }, options);
  return Number(last?.order?.[parent] ?? 0);
}
