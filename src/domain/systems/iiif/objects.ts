import { refuse } from '../../../base/errors.ts';
import type { Part, Reader } from '../../../store/collection.ts';
import { accessFields } from '../../access/decide.ts';
import { branch, type Follow } from '../../resources/branch.ts';
import { dataFields } from '../../resources/data.ts';
import { externalIdForLookup } from '../../resources/iiifPath.ts';
import { type ResourcePart, readChildren } from '../../resources/reference.ts';
import { type Resource, resources } from '../../resources/resource.ts';
import { type Address, missing, pathOf } from './address.ts';
import { type IiifType, kinds } from './kinds.ts';

type Fields = Readonly<Record<string, unknown>>;

const named = ['type', 'name', 'externalId', 'parents'] as const;

/** The fields to read of an object for a decision. */
const guardedFields = [...accessFields, ...named] as const;
export type GuardedObject = ResourcePart<(typeof accessFields)[number]>;

/** The fields to read of an object that is changed. */
const savedFields = [...guardedFields, ...dataFields, 'source', 'order', 'createdAt', 'modifiedAt'] as const;
export type SavedObject = ResourcePart<(typeof savedFields)[number]>;

/** The fields to read of an object that is shown. */
const shownFields = ['type', 'externalId', 'data'] as const;
export type ShownObject = Part<Resource, (typeof shownFields)[number]>;

/** The fields to read of an object to tell by which `@id` it was made. */
const sourcedFields = ['type', 'externalId', 'source'] as const;

export const parts = {
  guarded: { fields: guardedFields },
  saved: { fields: savedFields },
  shown: { fields: shownFields },
  sourced: { fields: sourcedFields },
} as const;

/** The most objects that one query looks for. */
const AT_ONCE = 1_000;

type PartName = keyof typeof parts;
interface PartOf {
  readonly guarded: GuardedObject;
  readonly saved: SavedObject;
  readonly shown: ShownObject;
  readonly sourced: Part<Resource, (typeof sourcedFields)[number]>;
}

/** The stored fields of an object. */
export function fieldsOf({ data }: Pick<Resource, 'data'>): Fields {
  const value: unknown = data === undefined ? {} : JSON.parse(data);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : { value };
}

/** The object at this address; undefined if there is none. */
async function objectAt<P extends PartName>(reader: Reader, address: Address, part: P): Promise<PartOf[P] | undefined> {
  const [found] = await objectsAt(reader, [{ type: address.type, externalId: pathOf(address) }], part);
  return found;
}

/** The existing ones of these objects, with this part of each. */
export async function objectsAt<P extends PartName>(
  reader: Reader,
  wanted: readonly { readonly type: IiifType; readonly externalId: string }[],
  part: P,
): Promise<PartOf[P][]> {
  const keys = new Set(wanted.map(keyOf));
  const result: PartOf[P][] = [];
  for (let i = 0; i < wanted.length; i += AT_ONCE) {
    const filter = { externalId: { $in: wanted.slice(i, i + AT_ONCE).map((w) => w.externalId) } };
    const found: readonly Pick<Resource, 'type' | 'externalId'>[] = await reader.parts(resources, filter, parts[part]);
    result.push(...(found.filter((r) => keys.has(keyOf(r))) as unknown as PartOf[P][]));
  }
  return result;
}

/** The object with this id, with all that is shown of it; undefined if it is missing. */
export async function readWhole(reader: Reader, id: string): Promise<ShownObject | undefined> {
  const [found] = await reader.parts(resources, { _id: { $eq: id } }, parts.shown);
  return found;
}

export const keyOf = ({ type, externalId }: Pick<Resource, 'type' | 'externalId'>): string => `${type} ${externalId}`;

/** @throws iiif_object_missing */
export async function existing<P extends PartName>(reader: Reader, address: Address, part: P): Promise<PartOf[P]> {
  const found = await objectAt(reader, address, part);
  if (found === undefined) throw refuse('iiif_object_missing', missing(address));
  return found;
}

/**
 * The object with this `@id`, whatever its host and prefix.
 *
 * @throws iiif_object_missing
 */
export async function objectByAtId(reader: Reader, type: IiifType, atId: string): Promise<GuardedObject> {
  const [found] = await objectsByAtId(reader, type, [atId]);
  if (found === undefined) throw missingAtId(type, atId);
  return found;
}

/** As {@link objectByAtId} for several, in order. @throws iiif_object_missing for the first missing one */
export async function objectsByAtId(
  reader: Reader,
  type: IiifType,
  atIds: readonly string[],
): Promise<GuardedObject[]> {
  const wanted = atIds.map((atId) => ({ type, externalId: externalIdForLookup(type, atId) }));
  const found = new Map((await objectsAt(reader, wanted, 'guarded')).map((object) => [object.externalId, object]));
  return wanted.map(({ externalId }, i) => {
    const object = found.get(externalId);
    if (object === undefined) throw missingAtId(type, atIds[i] ?? '');
    return object;
  });
}

const missingAtId = (type: IiifType, atId: string) =>
  refuse('iiif_object_missing', `${kinds[type].label} with @id '${atId}' does not exist.`);

/** The roots and everything below them, as far as it is followed, each once. */
export function below(
  reader: Reader,
  roots: readonly GuardedObject[],
  { follow, max }: { readonly follow: Follow<GuardedObject>; readonly max: number },
): Promise<GuardedObject[]> {
  const childrenOf = (above: readonly GuardedObject[], limit: number) =>
    readChildren(reader, above, { ...parts.guarded, limit });
  return branch<GuardedObject>(roots, { childrenOf, follow, max });
}
