import { refuse } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { Reader } from '../../../store/collection.ts';
import { type Reference, readResource, readResources } from '../../resources/reference.ts';
import type { Resource } from '../../resources/resource.ts';
import { type ResourceType, rulesOf, typesOf } from '../../resources/types.ts';

/** The parents of an object, as fields of the portal's objects. */

type Fields = Readonly<Record<string, unknown>>;

const METADATA: readonly ResourceType[] = ['section', 'property', 'value'];

/** The part of the portal that a type belongs to. */
function namespaceOf(type: ResourceType): string {
  if (METADATA.includes(type)) return 'metadata';
  return type === 'datafile' ? 'datafiles' : 'electrophysiology';
}

function permalinkOf({ _id, type, externalId }: Pick<Resource, '_id' | 'type' | 'externalId'>): string {
  return `/${namespaceOf(type)}/${type}/${encodeURIComponent(externalId ?? _id)}/`;
}

/** The types of parents of a type, by the field for each. */
export function parentFields(type: ResourceType): ReadonlyMap<string, ResourceType> {
  const above = typesOf('gnode').filter((parent) => rulesOf(parent).contains.includes(type));
  return new Map(above.map((parent) => [fieldOf(type, parent), parent]));
}

function fieldOf(type: ResourceType, parent: ResourceType): string {
  const isOwnWord = (type === 'section' && parent === 'section') || (type === 'value' && parent === 'property');
  return isOwnWord ? `parent_${parent}` : parent;
}

/** A recording channel may be in several groups, so that this field is a list. */
const isList = (type: ResourceType, field: string) => type === 'recordingchannel' && field === 'recordingchannelgroup';

/** The permalinks of an object's parents by field; null for a type of which it has none. */
export async function parentsShown(
  reader: Reader,
  { type, parents = [] }: Pick<Resource, 'type' | 'parents'>,
): Promise<Fields> {
  const found = parents.length === 0 ? [] : await readResources(reader, parents, { fields: [] });
  return Object.fromEntries(
    [...parentFields(type)].map(([field, parentType]) => {
      const links = found.filter((parent) => parent.type === parentType).map(permalinkOf);
      return [field, isList(type, field) ? links : (links[0] ?? null)];
    }),
  );
}

/**
 * The ids of an object's new parents: those in the fields, as permalinks or ids, and the present ones of fields that
 * are not sent.
 *
 * @throws gnode_data_invalid, resource_missing
 */
export async function parentsIn(
  reader: Reader,
  { type, parents = [] }: Pick<Resource, 'type' | 'parents'>,
  fields: Fields,
): Promise<string[]> {
  const present = parents.length === 0 ? [] : await readResources(reader, parents, { fields: [] });
  const ids: string[] = [];
  for (const [field, parentType] of parentFields(type)) {
    if (!Object.hasOwn(fields, field)) {
      ids.push(...present.filter((parent) => parent.type === parentType).map(({ _id }) => _id));
      continue;
    }
    const value = fields[field];
    for (const one of isList(type, field) && Array.isArray(value) ? value : [value]) {
      const reference = parentReference(field, parentType, one);
      if (reference !== undefined) ids.push((await readResource(reader, reference, { fields: [] }))._id);
    }
  }
  return ids;
}

/** @throws gnode_data_invalid */
function parentReference(field: string, type: ResourceType, value: unknown): Reference | undefined {
  if (value === null || value === '') return undefined;
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
  const last = text?.split('/').findLast((segment) => segment !== '');
  if (last !== undefined) return { type, externalId: decoded(last) };
  const sent = cutToCharacters(JSON.stringify(value) ?? '', 64);
  throw refuse('gnode_data_invalid', `${field} must be the id or the permalink of a ${type}, or null: ${sent}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
