import { defined } from '../../../base/defined.ts';
import { refuse } from '../../../base/errors.ts';
import { IIIF_ONCE } from '../../../identity/nameRules.ts';
import { resolveToShow } from '../../../identity/resolver.ts';
import type { Filter, FindOptions, Part, Reader } from '../../../store/collection.ts';
import { cutPage } from '../../../store/cursor.ts';
import { type Resource, resources } from '../../resources/resource.ts';
import { isSearchable } from './fields.ts';
import { shortFields, shortForm } from './forms.ts';
import { type IiifType, isIiifType } from './kinds.ts';
import type { ListedObjects } from './list.ts';
import { fieldsOf, readWhole } from './objects.ts';
import type { Source } from './whole.ts';

/** The most objects in one answer. */
const FOUND = 50;
const MAX_PAGE = 100_000;
/** How many candidates one query reads, and at most how many bytes of each. */
const AT_ONCE = 50;
const SHORT_DATA_BYTES = 16_384;
/** The most objects that contain the text somewhere and whose field is then checked. */
const MAX_CANDIDATES = 5_000;

type Question = Readonly<Record<string, string>>;

/**
 * The objects of a type that match all parameters, in the order in which they were made, fifty on a page. `ownedBy` is
 * the exact name of an account of staff, which may be closed. `label`, `identifier`, `name` and every other field with
 * text match if they contain the text, ignoring case.
 *
 * @throws iiif_search_invalid for other parameters; iiif_object_missing when nothing matches; iiif_invalid when too
 *   many objects would have to be checked
 */
export async function searchObjects(
  { reader, base }: Source,
  type: string,
  { ownedBy, label, identifier, name, page = '1', ...texts }: Question,
): Promise<ListedObjects> {
  const number = /^[1-9]\d{0,5}$/.test(page) ? Number(page) : MAX_PAGE + 1;
  if (!isIiifType(type) || number > MAX_PAGE) throw refuse('iiif_search_invalid');
  assertSearchable(type, defined({ identifier, name }), texts);
  const nothing = refuse('iiif_object_missing', `No matching objects found for ${type}.`);
  const owners =
    ownedBy === undefined ? undefined : await resolveToShow(reader, [ownedBy], { ...IIIF_ONCE, missing: 'leaveOut' });
  if (owners?.length === 0) throw nothing;
  const holding = [
    ...(label === undefined || label === '' ? [] : [{ caption: holds(inJson(label)) }]),
    ...(identifier === undefined ? [] : [{ externalId: holds(identifier, '^/[^/]*', '[^/]*/') }]),
    ...(name === undefined ? [] : [{ externalId: holds(name, '/[^/]*', '[^/]*$') }]),
    ...Object.values(texts).map((text) => ({ data: holds(inJson(text)) })),
  ];
  const filter: Filter = {
    ...{ parents: { $exists: true }, visibility: { $eq: 'public' }, type: { $eq: type } },
    ...defined({ owners: owners && { $in: owners.map(({ id }) => id) } }),
    ...(holding.length === 0 ? {} : { $and: holding }),
  };
  const options = {
    sort: { createdAt: 1, externalId: 1 },
    // Owners may have few of the objects of the type.
    hint: owners === undefined ? 'public_made' : 'public_owned',
  } as const;
  const wanted = { skip: (number - 1) * FOUND, limit: FOUND + 1 };
  const found =
    Object.keys(texts).length === 0
      ? await reader.parts(resources, filter, { fields: shortFields, ...options, ...wanted })
      : await looked(reader, { filter, options, ...wanted }, texts);
  if (found.length === 0) throw nothing;
  const { page: shown, last } = cutPage(found, FOUND);
  return {
    objects: shown.map((object) => shortForm(base, object)),
    ...defined({ next: last && number + 1 }),
  };
}

/** @throws iiif_search_invalid */
function assertSearchable(type: IiifType, inPath: object, texts: Question): void {
  const hasBoth = type !== 'collection' && type !== 'manifest';
  const known = { identifier: type !== 'collection', name: type === 'collection' || hasBoth };
  const fits =
    Object.keys(inPath).every((field) => known[field as keyof typeof known]) &&
    Object.keys(texts).every((field) => isSearchable(type, field));
  if (!fits) throw refuse('iiif_search_invalid');
}

interface Search {
  readonly filter: Filter;
  readonly options: FindOptions;
  readonly skip: number;
  readonly limit: number;
}

const readFields = [...shortFields, 'data'] as const;
type Candidate = Part<Resource, (typeof readFields)[number]>;

/**
 * The objects that contain each text in its field, among those that the database finds with it anywhere.
 *
 * @throws iiif_invalid when these are too many
 */
async function looked(reader: Reader, { filter, options, skip, limit }: Search, texts: Question): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const wanted = { fields: readFields, upTo: { data: SHORT_DATA_BYTES } };
  for (let read = 0; found.length < skip + limit; read += AT_ONCE) {
    if (read >= MAX_CANDIDATES)
      throw refuse('iiif_invalid', 'Too many objects hold this: search by label or ownedBy too.');
    const page = await reader.parts(resources, filter, { ...wanted, ...options, skip: read, limit: AT_ONCE });
    for (const candidate of page) {
      const whole = candidate.data === undefined ? await readWhole(reader, candidate._id) : candidate;
      if (whole !== undefined && holdsAll(fieldsOf(whole), texts)) found.push(candidate);
    }
    if (page.length < AT_ONCE) break;
  }
  return found.slice(skip);
}

function holdsAll(fields: Readonly<Record<string, unknown>>, texts: Question): boolean {
  return Object.entries(texts).every(([field, text]) => {
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    return value !== undefined && JSON.stringify(value).toLowerCase().includes(inJson(text).toLowerCase());
  });
}

/** The text as written in JSON. */
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

/** Matches strings that contain the text, ignoring case. */
const holds = (text: string, before = '', after = '') => ({
  $regex: before + text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&') + after,
  $options: 'i',
});
