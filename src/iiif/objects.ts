import { accessFields } from '../access/decide.ts';
import { refuse } from '../errors.ts';
import { branch, type Follow } from '../resources/branch.ts';
import { dataFields } from '../resources/data.ts';
import { type ResourcePart, readChildren } from '../resources/reference.ts';
import { type Resource, resources } from '../resources/resource.ts';
import type { Part, Reader } from '../store/collection.ts';
import { type Address, addressIn, missing, pathOf } from './address.ts';
import { type IiifType, kinds } from './kinds.ts';

type Fields = Readonly<Record<string, unknown>>;

const named = ['type', 'name', 'externalId', 'parents'] as const;

/** What is read of an object to decide over it. */
const guardedFields = [...accessFields, ...named] as const;
export type GuardedObject = ResourcePart<(typeof accessFields)[number]>;

/** What is read of an object to change it. */
const savedFields = [...guardedFields, ...dataFields, 'order', 'createdAt', 'modifiedAt'] as const;
export type SavedObject = ResourcePart<(typeof savedFields)[number]>;

/** What is read of an object to show it. */
const shownFields = ['type', 'externalId', 'data'] as const;
export type ShownObject = Part<Resource, (typeof shownFields)[number]>;

export const parts = {
  guarded: { fields: guardedFields },
  saved: { fields: savedFields },
  shown: { fields: shownFields },
} as const;

type PartName = keyof typeof parts;
interface PartOf {
  readonly guarded: GuardedObject;
  readonly saved: SavedObject;
  readonly shown: ShownObject;
}

/** What an object keeps of itself. */
export function fieldsOf({ data }: Pick<Resource, 'data'>): Fields {
  const value: unknown = data === undefined ? {} : JSON.parse(data);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : { value };
}

/** The object at this address; undefined where there is none. */
async function objectAt<P extends PartName>(
  reader: Reader,
  base: string,
  address: Address,
  part: P,
): Promise<PartOf[P] | undefined> {
  const [found] = await objectsAt(reader, [{ type: address.type, externalId: base + pathOf(address) }], part);
  return found;
}

/** Those of these objects that there are, with this part of each. */
export async function objectsAt<P extends PartName>(
  reader: Reader,
  wanted: readonly { readonly type: IiifType; readonly externalId: string }[],
  part: P,
): Promise<PartOf[P][]> {
  const filter = { externalId: { $in: wanted.map((w) => w.externalId) } };
  const found: readonly Pick<Resource, 'type' | 'externalId'>[] = await reader.parts(resources, filter, parts[part]);
  const keys = new Set(wanted.map(keyOf));
  return found.filter((r) => keys.has(keyOf(r))) as unknown as PartOf[P][];
}

/** All that is shown of the object of this id; undefined where it is gone. */
export async function readWhole(reader: Reader, id: string): Promise<ShownObject | undefined> {
  const [found] = await reader.parts(resources, { _id: { $eq: id } }, parts.shown);
  return found;
}

/** What tells objects apart. */
export const keyOf = ({ type, externalId }: Pick<Resource, 'type' | 'externalId'>): string => `${type} ${externalId}`;

/** @throws iiif_object_missing */
export async function existing<P extends PartName>(
  reader: Reader,
  base: string,
  address: Address,
  part: P,
): Promise<PartOf[P]> {
  const found = await objectAt(reader, base, address, part);
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
): Promise<GuardedObject> {
  const [exact] = await objectsAt(reader, [{ type, externalId: atId }], 'guarded');
  const found = exact ?? (base === undefined ? undefined : await objectAt(reader, base, tailOf(type, atId), 'guarded'));
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
  roots: readonly GuardedObject[],
  follow: Follow<GuardedObject>,
  max: number,
): Promise<GuardedObject[]> {
  const childrenOf = (above: readonly GuardedObject[], limit: number) =>
    readChildren(reader, above, parts.guarded, { limit });
  return branch<GuardedObject>(roots, childrenOf, follow, max);
}
