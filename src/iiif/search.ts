import { refuse } from '../errors.ts';
import { IIIF_ONCE } from '../identity/nameRules.ts';
import { resolveToShow } from '../identity/resolver.ts';
import { resources } from '../resources/resource.ts';
import type { Filter, Reader } from '../store/collection.ts';
import { cutPage } from '../store/cursor.ts';
import { shortFields, shortForm } from './forms.ts';
import { isIiifType } from './kinds.ts';
import type { ListedObjects } from './list.ts';

/** So many stand in one answer. */
const FOUND = 50;
const MAX_PAGE = 100_000;

/**
 * The objects of a type, in the order in which they were made, a page of fifty at a time: all, those that an account of
 * staff owns (by its exact name, also a former one's), those whose label holds a text (in upper or lower case), or both.
 *
 * @throws iiif_search_invalid for another question; iiif_object_missing where nothing is found
 */
export async function searchObjects(
  reader: Reader,
  base: string,
  type: string,
  { ownedBy, label, page = '1', ...others }: Readonly<Record<string, string>>,
): Promise<ListedObjects> {
  const number = /^[1-9]\d{0,5}$/.test(page) ? Number(page) : MAX_PAGE + 1;
  if (!isIiifType(type) || Object.keys(others).length > 0 || number > MAX_PAGE) throw refuse('iiif_search_invalid');
  const nothing = refuse('iiif_object_missing', `No matching objects found for ${type}.`);
  const owners =
    ownedBy === undefined ? undefined : await resolveToShow(reader, [ownedBy], { ...IIIF_ONCE, missing: 'leaveOut' });
  if (owners?.length === 0) throw nothing;
  const filter: Filter = {
    ...{ parents: { $exists: true }, visibility: { $eq: 'public' }, type: { $eq: type } },
    ...(owners === undefined ? {} : { owners: { $in: owners.map(({ id }) => id) } }),
    ...(label === undefined || label === '' ? {} : { caption: { $regex: patternOf(label), $options: 'i' } }),
  };
  const found = await reader.parts(
    resources,
    filter,
    { fields: shortFields },
    {
      sort: { createdAt: 1, externalId: 1 },
      skip: (number - 1) * FOUND,
      limit: FOUND + 1,
      // Few of those of the type may be theirs.
      hint: owners === undefined ? 'public_made' : 'public_owned',
    },
  );
  if (found.length === 0) throw nothing;
  const { page: shown, last } = cutPage(found, FOUND);
  return {
    objects: shown.map((object) => shortForm(base, object)),
    ...(last === undefined ? {} : { next: number + 1 }),
  };
}

/** Matches the text itself, as it stands in JSON. */
const patternOf = (text: string) =>
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
