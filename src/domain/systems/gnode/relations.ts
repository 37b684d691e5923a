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

/** @param name what the portal calls its type */
export function permalinkOf(
  { _id, type, externalId }: Pick<Resource, '_id' | 'type' | 'externalId'>,
  name: string = type,
): string {
  return `/${namespaceOf(type)}/${name}/${encodeURIComponent(externalId ?? _id)}/`;
}

interface ParentField {
  readonly parent: ResourceType;
  /** Its names, all with the same value. */
  readonly names: readonly string[];
}

/** The fields for the parents of a type. */
function parentFieldsOf(type: ResourceType): ParentField[] {
  const above = typesOf('gnode').filter((parent) => rulesOf(parent).contains.includes(type));
  return above.map((parent) => ({ parent, names: namesOf(type, parent) }));
}

/** The names of the fields for the parents of a type. */
export const parentFields = (type: ResourceType): string[] => parentFieldsOf(type).flatMap(({ names }) => names);

function namesOf(type: ResourceType, parent: ResourceType): string[] {
  const own = `parent_${parent}`;
  if ((type === 'section' && parent === 'section') || (type === 'value' && parent === 'property')) return [own];
  // The portal documents `section`; its Python client calls it `parent_section`.
  return type === 'property' ? [parent, own] : [parent];
}

/** The fields that are lists: a recording channel may be in several groups, and several channels may record a unit. */
const LISTS: Readonly<Partial<Record<ResourceType, string>>> = {
  recordingchannel: 'recordingchannelgroup',
  unit: 'recordingchannel',
};

const isList = (type: ResourceType, field: string) => LISTS[type] === field;

/** The permalinks of an object's parents by field; null for a type of which it has none. */
export async function parentsShown(
  reader: Reader,
  { type, parents = [] }: Pick<Resource, 'type' | 'parents'>,
): Promise<Fields> {
  const found = parents.length === 0 ? [] : await readResources(reader, parents, { fields: [] });
  return Object.fromEntries(
    parentFieldsOf(type).flatMap(({ parent, names }) => {
      const links = found.filter((one) => one.type === parent).map((one) => permalinkOf(one));
      return names.map((name) => [name, isList(type, name) ? links : (links[0] ?? null)]);
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
  for (const { parent, names } of parentFieldsOf(type)) {
    const field = names.find((name) => Object.hasOwn(fields, name));
    if (field === undefined) {
      ids.push(...present.filter((one) => one.type === parent).map(({ _id }) => _id));
      continue;
    }
    const value = fields[field];
    for (const one of isList(type, field) && Array.isArray(value) ? value : [value]) {
      const reference = parentReference(field, parent, one);
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
