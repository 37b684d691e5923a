import { refuse } from '../../../base/errors.ts';
import type { GnodeObject } from '../../../base/schemas/generated.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { Authority } from '../../../identity/authority.ts';
import type { Filter, Reader } from '../../../store/collection.ts';
import { accessFilters } from '../../access/reach.ts';
import { readResources } from '../../resources/reference.ts';
import { resources } from '../../resources/resource.ts';
import { rulesOf } from '../../resources/types.ts';
import { childrenShown } from './children.ts';
import { referenceTo } from './named.ts';
import { objectFields, objectShown } from './object.ts';
import { parentFields, parentsIn } from './relations.ts';
import { userNamed, visibilityOf } from './sharing.ts';

/** As in the portal's documentation. */
const PAGE = 100;
/** The last object of a list that can be accessFilter. */
const MAX_REACH = 10_000;
/** The most bytes of fields in an answer; callers get the rest with a higher offset. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The greatest length of a name. */
const MAX_TEXT = 1_000;

/** Django's lookups for names, as patterns. */
const LOOKUPS: Readonly<Record<string, (text: string) => string>> = {
  exact: (text) => `^${text}$`,
  contains: (text) => text,
  startswith: (text) => `^${text}`,
  endswith: (text) => `${text}$`,
};

export interface ObjectQuery {
  readonly type: string;
  /** The parameters of the query: filters, `offset` and `max_results`. */
  readonly filters: Readonly<Record<string, string>>;
}

/**
 * The objects of a type that match the filters and that the caller may read, ordered by id: by default, a hundred from
 * the offset on. Filters are for id, owner, safety level, name or parent.
 *
 * @throws resource_missing for a type without permissions of its own or unknown; invalid_params
 */
export async function listObjects(
  reader: Reader,
  authority: Authority,
  { type: named, filters: given }: ObjectQuery,
): Promise<{ objects: GnodeObject[]; offset: number }> {
  const { type } = referenceTo({ type: named, id: '' });
  const { offset: first = '0', max_results: most = String(PAGE), ...filters } = given;
  const offset = wholeNumber('offset', first);
  const limit = wholeNumber('max_results', most);
  if (offset + limit > MAX_REACH) {
    throw refuse('invalid_params', `offset + max_results must be at most ${MAX_REACH}: use filters`);
  }
  const within: Filter[] = [{ type: { $eq: type } }];
  for (const [name, value] of Object.entries(filters)) within.push(await filterOf(reader, type, { name, value }));
  const page = await idsFrom(reader, waysIn(authority, type, within), { offset, limit });
  const found = new Map((await readResources(reader, page, objectFields(authority))).map((r) => [r._id, r]));
  const children = await childrenShown(reader, authority, [...found.values()]);
  const objects: GnodeObject[] = [];
  let bytes = 0;
  for (const id of page) {
    const object = found.get(id);
    if (object === undefined) continue;
    bytes += Buffer.byteLength(object.data ?? '');
    if (objects.length > 0 && bytes > MAX_BYTES) break;
    objects.push(await objectShown(reader, authority, { found: object, children: children.get(id) }));
  }
  return { objects, offset };
}

/** @throws invalid_params for a type without permissions of its own */
function waysIn(
  authority: Authority,
  type: ReturnType<typeof referenceTo>['type'],
  within: readonly Filter[],
): Filter[] {
  if (rulesOf(type).accessFrom === 'self')
    return accessFilters(authority, { least: 'read', everybodyToo: true }, within);
  throw refuse('invalid_params', `Objects of type ${type} cannot be listed: read them one by one`);
}

async function idsFrom(
  reader: Reader,
  ways: readonly Filter[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<string[]> {
  const ids = new Set<string>();
  for (const way of ways) {
    const options = { sort: { _id: 1 }, limit: offset + limit } as const;
    if (options.limit === 0) continue;
    for (const { _id } of await reader.parts(resources, way, { fields: [], ...options })) ids.add(_id);
  }
  return [...ids].sort().slice(offset, offset + limit);
}

/** @throws invalid_params */
async function filterOf(
  reader: Reader,
  type: ReturnType<typeof referenceTo>['type'],
  { name, value }: { readonly name: string; readonly value: string },
): Promise<Filter> {
  const [field = '', lookup = 'exact', ...more] = name.split('__');
  const isExact = lookup === 'exact' && more.length === 0;
  if (field === 'id' && (isExact || lookup === 'in')) {
    const ids = value.replace(/^[[(](.*)[\])]$/s, '$1').split(',');
    const wanted = (lookup === 'in' ? ids : [value]).map((id) => id.trim());
    return { $or: [{ externalId: { $in: wanted } }, { _id: { $in: wanted } }] };
  }
  if (field === 'owner' && isExact) return { owners: { $eq: (await userNamed(reader, value))?._id ?? '' } };
  if (field === 'safety_level' && isExact) {
    if (!/^[123]$/.test(value))
      throw refuse('invalid_params', `safety_level must be 1, 2 or 3, not ${cutToCharacters(value, 64)}`);
    return { visibility: { $eq: visibilityOf(value) } };
  }
  if (field === 'name' && more.length === 0) {
    if (value.length > MAX_TEXT) throw refuse('invalid_params', `${name} must be at most ${MAX_TEXT} characters`);
    const isLoose = lookup.startsWith('i');
    const pattern = LOOKUPS[isLoose ? lookup.slice(1) : lookup];
    const text = value.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    if (pattern !== undefined) return { name: { $regex: pattern(text), ...(isLoose ? { $options: 'i' } : {}) } };
  }
  if (isExact && parentFields(type).includes(field)) return belowOf(reader, type, { field, value });
  throw refuse('invalid_params', `Objects of type ${type} cannot be filtered by ${name}`);
}

async function belowOf(
  reader: Reader,
  type: ReturnType<typeof referenceTo>['type'],
  { field, value }: { readonly field: string; readonly value: string },
): Promise<Filter> {
  const [parent = ''] = await parentsIn(reader, { type }, { [field]: value });
  return { parents: { $eq: parent } };
}

/** @throws invalid_params */
function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw refuse('invalid_params', `${name} must be a whole number`);
  return Number(value);
}
