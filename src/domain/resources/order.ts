import type { Filter, Reader } from '../../store/collection.ts';
import { type Resource, resources } from './resource.ts';
import { rulesOf } from './types.ts';

/** Stands for the parent of resources that have none. */
export const TOP = 'top';

/** Filter and sort for the children of a parent in order, by an index; {@link TOP} for resources without a parent. */
export function inOrderBelow(parent: string): { readonly filter: Filter; readonly sort: Readonly<Record<string, 1>> } {
  const field = `order.${parent}`;
  return { filter: { [field]: { $gte: parent === TOP ? new Date(0) : 0 } }, sort: { [field]: 1 } };
}

/** The prefix of the keys of `order` for a resource that is not shown below its parents. */
const HIDDEN = 'hidden-';

interface Placement {
  /** The ids of all parents that the resource is to have. */
  readonly parents: readonly string[];
  /** Its positions below some of them, from 1; below the others it keeps its position, or comes last. */
  readonly positions?: ReadonlyMap<string, number>;
  /** Whether it is hidden below its parents; if absent, that stays as it is. */
  readonly hidden?: boolean;
}

/** The field `order` of a resource with this placement. */
export async function orderBelow(
  reader: Reader,
  { type, createdAt, order = {} }: Pick<Resource, 'type' | 'createdAt' | 'order'>,
  placement: Placement,
): Promise<Pick<Resource, 'order'>> {
  const { ordered, atTop } = rulesOf(type);
  if (!ordered) return {};
  const { parents, positions, hidden = Object.keys(order).some((key) => key.startsWith(HIDDEN)) } = placement;
  const keyBelow = (parent: string) => (hidden ? HIDDEN + parent : parent);
  if (parents.length === 0) return atTop ? { order: { [keyBelow(TOP)]: createdAt } } : {};
  const entries: [string, number | Date][] = [];
  for (const parent of parents) {
    const known = positions?.get(parent) ?? order[parent] ?? order[HIDDEN + parent];
    entries.push([keyBelow(parent), known ?? (await lastPositionBelow(reader, parent)) + 1]);
  }
  return { order: Object.fromEntries(entries) };
}

/** The last position below a parent that is taken; 0 if none is. */
async function lastPositionBelow(reader: Reader, parent: string): Promise<number> {
  const { filter } = inOrderBelow(parent);
  const options = { sort: { [`order.${parent}`]: -1 }, limit: 1, untracked: true } as const;
  const [last] = await reader.parts(resources, filter, { fields: ['order'], ...options });
  return Number(last?.order?.[parent] ?? 0);
}
