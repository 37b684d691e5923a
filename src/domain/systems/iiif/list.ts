import { defined } from '../../../base/defined.ts';
import { refuse } from '../../../base/errors.ts';
import { cutPage } from '../../../store/cursor.ts';
import { resources } from '../../resources/resource.ts';
import { shortFields, shortForm } from './forms.ts';
import type { IiifType } from './kinds.ts';
import type { Source } from './whole.ts';

/** The most objects in one answer. */
export const LISTED = 1_000;

export interface ListedObjects {
  readonly objects: readonly Readonly<Record<string, unknown>>[];
  /** The number of the next page; absent on the last one. */
  readonly next?: number;
}

/**
 * The short forms of the objects of a type with an identifier, ordered by `@id`, a page at a time.
 *
 * @param page numbered from 1
 * @throws iiif_object_missing when there are none
 */
export async function listObjects(
  { reader, base }: Source,
  { type, identifier }: { readonly type: IiifType; readonly identifier: string },
  page = 1,
): Promise<ListedObjects> {
  const prefix = `/${identifier}/${type}/`;
  const filter = { externalId: { $gte: prefix, $lt: `${prefix}\u{10ffff}` }, type: { $eq: type } };
  const options = { sort: { externalId: 1 }, skip: (page - 1) * LISTED, limit: LISTED + 1 } as const;
  const found = await reader.parts(resources, filter, { fields: shortFields, ...options });
  if (found.length === 0) {
    const what = page === 1 ? `Item with name '${identifier}' does not exist.` : `There is no page ${page}.`;
    throw refuse('iiif_object_missing', what);
  }
  const { page: shown, last } = cutPage(found, LISTED);
  return { objects: shown.map((object) => shortForm(base, object)), ...defined({ next: last && page + 1 }) };
}
