import { refuse } from '../../../base/errors.ts';
import type { Reader } from '../../../store/collection.ts';
import { inOrderBelow, TOP } from '../../resources/order.ts';
import { resources } from '../../resources/resource.ts';
import { atIdOf } from './address.ts';
import { CONTEXT } from './context.ts';
import { shortFields, shortForm } from './forms.ts';
import { kinds, TOP_COLLECTION } from './kinds.ts';
import { fieldsOf, type ShownObject } from './objects.ts';
import type { Source } from './whole.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The most members in one answer. */
export const MEMBERS = 1_000;

interface Shown {
  readonly base: string;
  /** The id of its members' parent. */
  readonly parent: string;
  readonly atId: string;
  /** Its own fields. */
  readonly own: Fields;
}

/**
 * A collection with the short forms of its members. With more than a thousand, it has the first thousand and links to
 * its pages, as in the Presentation API 2.1; with `page`, only that page.
 *
 * @param page numbered from 1
 * @throws iiif_object_missing for a missing page
 */
export async function viewCollection(
  { reader, base }: Source,
  object: ShownObject,
  page: number | undefined,
): Promise<Fields> {
  const { order: _, hidden: __, ...own } = fieldsOf(object);
  return view(reader, { base, parent: object._id, atId: atIdOf(base, object.externalId ?? ''), own }, page);
}

/** The collection of all objects without a parent, the oldest first. @throws iiif_object_missing */
export async function viewTop(reader: Reader, base: string, page: number | undefined): Promise<Fields> {
  const atId = `${base}/collections/${TOP_COLLECTION.name}`;
  return view(reader, { base, parent: TOP, atId, own: { label: TOP_COLLECTION.label } }, page);
}

async function view(reader: Reader, { base, parent, atId, own }: Shown, page: number | undefined): Promise<Fields> {
  const { filter, sort } = inOrderBelow(parent);
  const start = ((page ?? 1) - 1) * MEMBERS;
  const wanted = { fields: shortFields };
  const found = await reader.parts(resources, filter, { ...wanted, sort, skip: start, limit: MEMBERS + 1 });
  const more = found.length > MEMBERS;
  const total =
    more || (found.length === 0 && start > 0) ? await reader.count(resources, filter) : start + found.length;
  const last = Math.max(Math.ceil(total / MEMBERS), 1);
  if (page !== undefined && page > last) throw noPage(atId, page, last);
  const members = found.slice(0, MEMBERS);
  const of = (type: string) =>
    members.filter((member) => member.type === type).map((member) => shortForm(base, member));
  const link = (number: number) => `${atId}?page=${number}`;
  const next = more ? { next: link((page ?? 1) + 1) } : {};
  const carried = { collections: of('collection'), manifests: of('manifest'), total, ...next };
  const known = { '@context': CONTEXT, '@type': kinds.collection.atType };
  if (page === undefined) {
    return { ...own, ...known, '@id': atId, ...carried, ...(more ? { first: link(1), last: link(last) } : {}) };
  }
  const prev = page > 1 ? { prev: link(page - 1) } : {};
  const { label } = own;
  return { label, ...known, '@id': link(page), within: atId, startIndex: start, ...carried, ...prev };
}

const noPage = (atId: string, page: number, last: number) =>
  refuse('iiif_object_missing', `There is no page ${page} of '${atId}': its last page is ${last}.`);
