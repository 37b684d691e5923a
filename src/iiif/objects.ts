import { accessFields } from '../access/decide.ts';
import type { Guarded } from '../access/may.ts';
import { refuse } from '../errors.ts';
import { branch, type Follow } from '../resources/branch.ts';
import { type ResourcePart, readChildren } from '../resources/reference.ts';
import { resources } from '../resources/resource.ts';
import type { Reader } from '../store/collection.ts';
import { type Address, addressIn, missing, pathOf } from './address.ts';
import { type IiifType, kinds } from './kinds.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is read of an object of IIIF: what decides over it, and what it keeps of itself. */
export type IiifObject = ResourcePart<(typeof accessFields)[number] | 'data' | 'modifiedAt'>;

export const objectFields = {
  fields: [...accessFields, 'data', 'modifiedAt', 'type', 'name', 'externalId', 'parents'],
} as const;

/** No view shows more. */
const MAX_SHOWN = 20_000;

/** What an object keeps of itself. */
export function fieldsOf({ data }: Pick<IiifObject, 'data'>): Fields {
  const value: unknown = data === undefined ? {} : JSON.parse(data);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : { value };
}

/** The object at this address; undefined where there is none. */
async function objectAt(reader: Reader, base: string, address: Address): Promise<IiifObject | undefined> {
  const [found] = await objectsAt(reader, [{ type: address.type, externalId: base + pathOf(address) }]);
  return found;
}

/** Those of these objects that there are. */
export async function objectsAt(
  reader: Reader,
  wanted: readonly { readonly type: IiifType; readonly externalId: string }[],
): Promise<IiifObject[]> {
  const filter = { externalId: { $in: wanted.map((w) => w.externalId) } };
  const found: IiifObject[] = await reader.parts(resources, filter, objectFields);
  return found.filter((r) => wanted.some((w) => w.type === r.type && w.externalId === r.externalId));
}

/** @throws iiif_object_missing */
export async function existing(reader: Reader, base: string, address: Address): Promise<IiifObject & Guarded> {
  const found = await objectAt(reader, base, address);
  if (found === undefined) throw refuse('iiif_object_missing', missing(address));
  return found;
}

/**
 * The object with this `@id`, or with the same path below this service's own base: `@id`s outlive the host they name.
 *
 * @throws iiif_object_missing
 */
export async function objectByAtId(
  reader: Reader,
  base: string | undefined,
  type: IiifType,
  atId: string,
): Promise<IiifObject> {
  const [exact] = await objectsAt(reader, [{ type, externalId: atId }]);
  const found = exact ?? (base === undefined ? undefined : await objectAt(reader, base, tailOf(type, atId)));
  if (found === undefined)
    throw refuse('iiif_object_missing', `${kinds[type].label} with @id '${atId}' does not exist.`);
  return found;
}

/** An `@id` of no such form is that of no object. */
function tailOf(type: IiifType, atId: string): Address {
  const form = type === 'collection' ? /\/collections\/[^/]+$/ : /\/[^/]+\/manifest$/;
  if (!form.test(atId)) return { type, identifier: '', name: '' };
  return addressIn(type, atId, {});
}

/** The roots and what hangs below them, as far as it is followed, each once. */
export function below(
  reader: Reader,
  roots: readonly IiifObject[],
  follow: Follow<IiifObject>,
  max = MAX_SHOWN,
): Promise<IiifObject[]> {
  const childrenOf = (parents: readonly IiifObject[], limit: number) =>
    readChildren(reader, parents, objectFields, { limit });
  return branch<IiifObject>(roots, childrenOf, follow, max);
}
