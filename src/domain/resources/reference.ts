import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Collection, Filter, Part, Reader, Wanted } from '../../store/collection.ts';
import { collectionOf, partsOf } from './collections.ts';
import { externalIdForLookup } from './iiifPath.ts';
import { type Resource, resources } from './resource.ts';
import type { ResourceType } from './types.ts';

/** How a caller names a resource: by `id`, or by `type` and `externalId`. */
export interface Reference {
  readonly id?: string;
  readonly type?: ResourceType;
  readonly externalId?: string;
}

/** The fields that are always read, for messages. */
const always = ['type', 'name', 'externalId', 'parents'] as const;
export type ResourcePart<K extends keyof Resource = never> = Part<Resource, K | (typeof always)[number]>;

/** The prefix of the ids that Steward assigns. */
export const RESOURCE_ID = 'res-';

/** Whether a text has the form of an id that Steward assigns. No external id has, so that they cannot be confused. */
export const isNativeId = (text: string): boolean => /^(res-[0-9a-f-]{36}|ws\d+)$/.test(text);

/** The name of a resource in messages. */
export function labelOf({ _id, type, externalId }: Pick<Resource, '_id' | 'type' | 'externalId'>): string {
  return `${type} ${cutToCharacters(externalId ?? _id, 200)}`;
}

/**
 * These fields of the resource that a caller names. Steward's own id is also accepted as `externalId`.
 *
 * @throws invalid_params, resource_missing
 */
export async function readResource<K extends keyof Resource & string>(
  reader: Reader,
  reference: Reference,
  wanted: Wanted<K>,
): Promise<ResourcePart<K>> {
  const { from, filter } = queryFor(reference);
  const [found] = await reader.parts(from, filter, withAlways(wanted));
  if (found === undefined) throw refuse('resource_missing', named(reference));
  reader.witness?.(`${from.name}/${found._id}`, (found as Partial<Resource>).owners);
  return found;
}

/** These fields of the resources with these ids, in no particular order. */
export function readResources<K extends keyof Resource & string>(
  reader: Reader,
  ids: readonly string[],
  wanted: Wanted<K>,
): Promise<ResourcePart<K>[]> {
  return partsOf(reader, ids, withAlways(wanted));
}

/** For at most this many parents, the database reads children in order without sorting. */
const PARENTS_AT_ONCE = 200;

interface WantedChildren<K extends string> extends Wanted<K> {
  readonly limit: number;
  /** All types when absent. */
  readonly types?: readonly string[];
}

/** The children of these parents, each once; in the order of their ids when there are at most 200 parents. */
export async function readChildren<K extends keyof Resource & string>(
  reader: Reader,
  parents: readonly Pick<Resource, '_id'>[],
  { limit, types, ...wanted }: WantedChildren<K>,
): Promise<ResourcePart<K>[]> {
  const ids = parents.map(({ _id }) => _id);
  const ofTypes = types === undefined ? {} : { type: { $in: [...types] } };
  const found = new Map<string, ResourcePart<K>>();
  for (let i = 0; i < ids.length && found.size < limit; i += PARENTS_AT_ONCE) {
    const below = { parents: { $in: ids.slice(i, i + PARENTS_AT_ONCE) }, ...ofTypes };
    const options = { sort: { _id: 1 }, limit } as const;
    for (const child of await reader.parts(resources, below, { ...withAlways(wanted), ...options })) {
      // A child of several of these parents is found several times.
      if (!found.has(child._id)) found.set(child._id, child);
    }
  }
  return [...found.values()].slice(0, limit);
}

function withAlways<K extends string>(wanted: Wanted<K>): Wanted<K | (typeof always)[number]> {
  return { ...wanted, fields: [...wanted.fields, ...always] };
}

function queryFor(reference: Reference): { readonly from: Collection<Resource>; readonly filter: Filter } {
  const { id, type, externalId } = reference;
  const native = id ?? (externalId !== undefined && isNativeId(externalId) ? externalId : undefined);
  if ((id === undefined) === (externalId === undefined) || (id === undefined && type === undefined)) {
    throw refuse('invalid_params', 'A resource is named by id, or by type and externalId');
  }
  // Only the commands for workspaces find deleted ones.
  const present = { deleted: { $ne: true }, ...(type === undefined ? {} : { type: { $eq: type } }) };
  if (native !== undefined) return { from: collectionOf(native), filter: { _id: { $eq: native }, ...present } };
  const wanted = type === undefined ? externalId : externalIdForLookup(type, externalId ?? '');
  return { from: resources, filter: { externalId: { $eq: wanted }, ...present } };
}

function named({ id, type, externalId }: Reference): string {
  return `${type ?? 'resource'} ${cutToCharacters(id ?? externalId ?? '', 200)}`;
}
