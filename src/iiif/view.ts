import { refuse } from '../errors.ts';
import { resources } from '../resources/resource.ts';
import type { Reader } from '../store/collection.ts';
import type { Address } from './address.ts';
import { type IiifType, kinds, TOP_COLLECTION } from './kinds.ts';
import { below, existing, fieldsOf, type IiifObject, objectFields } from './objects.ts';

type Fields = Readonly<Record<string, unknown>>;
type ChildrenOf = (parent: IiifObject, type: IiifType) => IiifObject[];

const CONTEXT = 'http://iiif.io/api/presentation/2/context.json';
const MAX_TOP = 10_000;
const MAX_LISTED = 1_000;

/**
 * An object as everybody sees it, with what it carries as the Presentation API carries it. Who owns it is not shown.
 *
 * @throws iiif_object_missing
 */
export async function viewObject(reader: Reader, base: string, address: Address): Promise<Fields> {
  if (address.type === 'collection' && address.name === TOP_COLLECTION.name) return viewTop(reader, base);
  const root = await existing(reader, base, address);
  const found = await below(reader, [root], (parent, _, depth) => {
    if (parent.type === 'collection') return depth === 1;
    return parent.type !== 'list' || depth === 1;
  });
  const order = new Map(found.map((object) => [object._id, Number(fieldsOf(object).order ?? 0)]));
  const childrenOf: ChildrenOf = (parent, type) =>
    found
      .filter((object) => object.type === type && object.parents?.includes(parent._id))
      .sort((a, b) => (order.get(a._id) ?? 0) - (order.get(b._id) ?? 0));
  return { ...whole(root, childrenOf), '@context': CONTEXT };
}

/** The short forms of all objects of a type with an identifier. @throws iiif_object_missing */
export async function listObjects(reader: Reader, base: string, type: IiifType, identifier: string): Promise<Fields[]> {
  const prefix = `${base}/${identifier}/${type}/`;
  const filter = { externalId: { $gte: prefix, $lt: `${prefix}\u{10ffff}` }, type: { $eq: type } };
  const found: IiifObject[] = await reader.parts(resources, filter, objectFields, { limit: MAX_LISTED });
  if (found.length === 0) throw refuse('iiif_object_missing', `Item with name '${identifier}' does not exist.`);
  return found.map(shortForm);
}

/** The short form in which an object stands in a list. */
export function shortForm(object: IiifObject): Fields {
  const { label } = fieldsOf(object);
  return { ...identity(object), ...(label === undefined ? {} : { label }) };
}

/** The collection of all that belongs to none. */
async function viewTop(reader: Reader, base: string): Promise<Fields> {
  const filter = { parents: { $eq: [] }, type: { $in: ['collection', 'manifest'] } };
  const found: IiifObject[] = await reader.parts(resources, filter, objectFields, { limit: MAX_TOP });
  const of = (type: IiifType) => found.filter((object) => object.type === type).map(shortForm);
  return {
    '@context': CONTEXT,
    '@id': `${base}/collections/${TOP_COLLECTION.name}`,
    '@type': kinds.collection.atType,
    label: TOP_COLLECTION.label,
    collections: of('collection'),
    manifests: of('manifest'),
    total: found.length,
  };
}

function whole(object: IiifObject, childrenOf: ChildrenOf): Fields {
  const all = (type: IiifType) => childrenOf(object, type).map((child) => whole(child, childrenOf));
  const short = (type: IiifType) => childrenOf(object, type).map(shortForm);
  const own = ownFields(object);
  switch (object.type) {
    case 'collection': {
      const [collections, manifests] = [short('collection'), short('manifest')];
      return { ...own, collections, manifests, total: collections.length + manifests.length };
    }
    case 'manifest': {
      const [first, ...others] = childrenOf(object, 'sequence');
      const sequences = first === undefined ? [] : [whole(first, childrenOf), ...others.map(shortForm)];
      return { ...own, sequences, structures: all('range') };
    }
    case 'sequence':
      return { ...own, canvases: all('canvas') };
    case 'canvas':
      return { ...own, images: all('annotation'), otherContent: childrenOf(object, 'list').map(ownFields) };
    case 'range':
      return { ...own, members: [...short('canvas'), ...short('range')] };
    case 'list':
      return { ...own, resources: short('annotation') };
    default:
      return own;
  }
}

function ownFields(object: IiifObject): Fields {
  const { order: _, hidden: __, ...fields } = fieldsOf(object);
  return { ...fields, ...identity(object) };
}

/** An object that was made without an `@id` has none. */
function identity({ externalId, type }: IiifObject): Fields {
  return { ...(externalId === undefined ? {} : { '@id': externalId }), '@type': kinds[type as IiifType].atType };
}
