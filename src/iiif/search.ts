import { refuse } from '../errors.ts';
import { livingByName } from '../identity/principal.ts';
import { ofTree, resources } from '../resources/resource.ts';
import type { Filter, Reader } from '../store/collection.ts';
import { shortFields, shortForm } from './forms.ts';
import { isIiifType } from './kinds.ts';

const MAX_FOUND = 50;

/**
 * The objects of a type, the first fifty: all, or those that an account of staff owns, by its exact name.
 *
 * @throws iiif_search_invalid for another question; iiif_object_missing where nothing is found
 */
export async function searchObjects(
  reader: Reader,
  type: string,
  query: Readonly<Record<string, string>>,
): Promise<unknown[]> {
  const { ownedBy, ...others } = query;
  if (!isIiifType(type) || Object.keys(others).length > 0) throw refuse('iiif_search_invalid');
  const owner = ownedBy === undefined ? undefined : await livingByName(reader, ownedBy);
  const nothing = refuse('iiif_object_missing', `No matching objects found for ${type}.`);
  if (ownedBy !== undefined && owner === undefined) throw nothing;
  const filter: Filter = {
    ...ofTree,
    type: { $eq: type },
    ...(owner === undefined ? {} : { owners: { $eq: owner._id } }),
  };
  const found = await reader.parts(
    resources,
    filter,
    { fields: shortFields },
    {
      sort: { _id: 1 },
      limit: MAX_FOUND,
      // Few of those of the type may be theirs.
      ...(owner === undefined ? {} : { hint: 'tree_owned' }),
    },
  );
  if (found.length === 0) throw nothing;
  return found.map(shortForm);
}
