import type { JsonStream } from '../../../base/json/jsonStream.ts';
import type { Address } from './address.ts';
import { viewCollection, viewTop } from './collection.ts';
import { CONTEXT } from './context.ts';
import { TOP_COLLECTION } from './kinds.ts';
import { existing } from './objects.ts';
import { type Source, wholeObject } from './whole.ts';

/**
 * An object as everybody sees it, with its parts as in the Presentation API, and without its owners.
 *
 * @param page of a collection, from 1; undefined for the collection itself
 * @throws iiif_object_missing
 */
export async function viewObject(
  { reader, base }: Source,
  address: Address,
  page?: number,
): Promise<Readonly<Record<string, unknown>> | JsonStream> {
  const isCollection = address.type === 'collection';
  if (isCollection && address.name === TOP_COLLECTION.name) return viewTop(reader, base, page);
  const object = await existing(reader, address, 'shown');
  if (isCollection) return viewCollection({ reader, base }, object, page);
  return wholeObject({ reader, base }, object, [['@context', JSON.stringify(CONTEXT)]]);
}
