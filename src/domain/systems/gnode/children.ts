import { setImmediate as immediate } from 'node:timers/promises';
import type { Authority } from '../../../identity/authority.ts';
import type { Reader } from '../../../store/collection.ts';
import { guarding, may } from '../../access/may.ts';
import { type ResourcePart, readChildren } from '../../resources/reference.ts';
import { type ResourceType, rulesOf } from '../../resources/types.ts';
import { newNamesOf } from './named.ts';
import { permalinkOf } from './relations.ts';

/** The children of an object, as fields of the portal's objects: `segment_set` has the permalinks of its segments. */

type Links = Readonly<Record<string, readonly string[]>>;

/** The most children that one answer looks at. Callers get all with a list that is filtered by the parent. */
const MAX_CHILDREN = 10_000;

/** The fields for the children of a type. Types with two names have two, since clients know them by either. */
export const childFields = (type: ResourceType): string[] =>
  rulesOf(type).contains.flatMap((child) => namesOf(child as ResourceType).map(fieldOf));

const namesOf = (type: ResourceType): string[] => [type, ...newNamesOf(type)];

const fieldOf = (name: string): string => `${name}_set`;

/** The permalinks of the children that the caller may read, for each of these objects, which they may read. */
export async function childrenShown(
  reader: Reader,
  authority: Authority,
  objects: readonly Pick<ResourcePart, '_id' | 'type'>[],
): Promise<ReadonlyMap<string, Links>> {
  const shown = new Map(objects.map(({ _id, type }) => [_id, emptyLists(type)]));
  const parents = objects.filter(({ type }) => rulesOf(type).contains.length > 0);
  const children = await readChildren(reader, parents, { ...guarding(authority), limit: MAX_CHILDREN });
  for (const [i, child] of children.entries()) {
    // There may be many: other calls get a turn after every 500.
    if (i % 500 === 499) await immediate();
    // Those without permissions of their own, such as properties, can be read with their parent.
    const isReadable = rulesOf(child.type).accessFrom === 'parent' || (await may({ reader, authority }, 'read', child));
    if (!isReadable) continue;
    for (const parent of child.parents ?? []) {
      for (const name of namesOf(child.type)) shown.get(parent)?.[fieldOf(name)]?.push(permalinkOf(child, name));
    }
  }
  return shown;
}

const emptyLists = (type: ResourceType): Record<string, string[]> =>
  Object.fromEntries(childFields(type).map((field) => [field, []]));
